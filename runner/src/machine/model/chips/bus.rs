//! Memory, the I/O APIC's page, interprocessor interrupts on their way, and writes to ports.

use std::ops::Range;
use std::sync::Arc;

use guests::Guest;
use guests::map::{IOAPIC_PAGE, MEMORY_SIZE, PAGE};
use iced_x86::Instruction;
use x86::code::LONGEST;
use x86::message::{IOAPIC_REGISTERS, IOAPIC_SELECT, IOAPIC_WINDOW};

use super::Ipi;
use super::code::Code;
use crate::machine::{Trouble, Unmodelled};

/// A byte written to a port of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub port: u16,
    pub value: u8,
}

/// What all processors of a machine share.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    /// The guest whose image memory was loaded with.
    guest: Arc<Guest>,
    memory: Vec<u8>,
    code: Code,
    /// Interprocessor interrupts sent and not yet delivered.
    pub sent: Vec<Ipi>,
    /// The port write of the current instruction, if any.
    pub output: Option<Output>,
    ioapic_index: u32,
    ioapic: [u32; IOAPIC_REGISTERS],
}

impl Bus {
    /// Memory with the guest's image.
    pub(crate) fn new(guest: &Arc<Guest>) -> Self {
        let mut memory = guest.memory.clone();
        memory.resize(MEMORY_SIZE as usize, 0);
        let code = Code::new(memory.len());
        let guest = Arc::clone(guest);
        Self { guest, memory, code, sent: Vec::new(), output: None, ioapic_index: 0, ioapic: [0; IOAPIC_REGISTERS] }
    }

    /// The same as [`Bus::new`], from a bus that is no longer needed: most trials run one guest several times, and then only
    /// pages that the last run wrote are restored, and decoded instructions are kept.
    pub(crate) fn reloaded(self, guest: &Arc<Guest>) -> Self {
        let mut bus = self;
        bus.renew();
        if !Arc::ptr_eq(&bus.guest, guest) {
            // Beyond both images, only what was written is not zero.
            bus.code.written(0, bus.guest.memory.len().max(guest.memory.len()));
            bus.guest = Arc::clone(guest);
        }
        let (image, memory) = (&bus.guest.memory, &mut bus.memory);
        bus.code.undo(|page| restore(memory, image, page));
        bus
    }

    /// Resets all but memory.
    pub(crate) fn renew(&mut self) {
        (self.output, self.ioapic_index, self.ioapic) = (None, 0, [0; IOAPIC_REGISTERS]);
        self.sent.clear();
    }

    /// Reads up to 8 bytes at a physical address.
    pub(crate) fn read(&self, address: u64, size: usize) -> Result<u64, Trouble> {
        if let Some(bytes) = self.memory.get(range(address, size.min(8))) {
            return Ok(value(bytes));
        }
        match address.checked_sub(IOAPIC_PAGE) {
            Some(IOAPIC_SELECT) => Ok(self.ioapic_index.into()),
            Some(IOAPIC_WINDOW) => Ok(self.ioapic.get(self.ioapic_index as usize).copied().unwrap_or(0).into()),
            Some(0..PAGE) => Ok(0),
            _ => Err(Unmodelled::Memory { address }.into()),
        }
    }

    /// Writes up to 8 bytes at a physical address.
    pub(crate) fn write(&mut self, address: u64, size: usize, value: u64) -> Result<(), Trouble> {
        if let (Some(memory), Some(source)) =
            (self.memory.get_mut(range(address, size)), value.to_le_bytes().get(..size))
        {
            memory.copy_from_slice(source);
            self.code.written(address, size);
            return Ok(());
        }
        match address.checked_sub(IOAPIC_PAGE) {
            Some(IOAPIC_SELECT) => self.ioapic_index = value as u32 & (IOAPIC_REGISTERS as u32 - 1),
            Some(IOAPIC_WINDOW) => {
                if let Some(register) = self.ioapic.get_mut(self.ioapic_index as usize) {
                    *register = value as u32;
                }
            }
            Some(0..PAGE) => {}
            _ => return Err(Unmodelled::Memory { address }.into()),
        }
        Ok(())
    }

    /// The bytes from a physical address to the end of its page, at most as many as an instruction can have.
    pub(crate) fn code_bytes(&self, address: u64) -> &[u8] {
        let Range { start, end } = range(address, (PAGE - address % PAGE).min(LONGEST as u64) as usize);
        self.memory.get(start..end.min(self.memory.len())).unwrap_or(&[])
    }

    /// The decoded instruction at a physical address, if it is known.
    pub(crate) fn decoded(&self, address: u64, bits: u32, rip: u64) -> Option<&Instruction> {
        self.code.get(address, bits, rip)
    }

    /// Remembers a decoded instruction.
    pub(crate) fn remember(&mut self, address: u64, bits: u32, instruction: Instruction) {
        self.code.put(address, bits, instruction);
    }

    /// The host reads memory.
    pub(crate) fn host_read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        let memory = self.memory.get(range(address, bytes.len()));
        bytes.copy_from_slice(memory.ok_or(Unmodelled::Memory { address })?);
        Ok(())
    }

    /// The host writes memory.
    pub(crate) fn host_write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        let memory = self.memory.get_mut(range(address, bytes.len()));
        memory.ok_or(Unmodelled::Memory { address })?.copy_from_slice(bytes);
        self.code.written(address, bytes.len());
        Ok(())
    }
}

/// Where `size` bytes at an address lie in memory; beyond its end if the address is.
fn range(address: u64, size: usize) -> Range<usize> {
    let from = usize::try_from(address).unwrap_or(usize::MAX);
    from..from.saturating_add(size)
}

/// A little-endian value of at most 8 bytes, with a fast way for 8, which page walks read all the time.
fn value(bytes: &[u8]) -> u64 {
    match bytes.try_into() {
        Ok(all) => u64::from_le_bytes(all),
        Err(_) => bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)),
    }
}

/// Copies a page of the image, which may end before memory does.
fn restore(memory: &mut [u8], image: &[u8], page: Range<usize>) {
    let source = image.get(page.start..page.end.min(image.len())).unwrap_or_default();
    let Some((same, rest)) = memory.get_mut(page).and_then(|page| page.split_at_mut_checked(source.len())) else {
        return;
    };
    same.copy_from_slice(source);
    rest.fill(0);
}
