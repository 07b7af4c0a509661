//! Memory, and what processors send to each other and to the host.

use std::ops::Range;
use std::sync::Arc;

use guests::Guest;
use guests::map::{IOAPIC_PAGE, MEMORY_SIZE, PAGE};
use iced_x86::Instruction;
use x86::message::{IOAPIC_SELECT, IOAPIC_WINDOW};

use super::Ipi;
use super::code::Code;
use crate::machine::{Trouble, Unmodelled};

/// A byte written to a port of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub port: u16,
    pub value: u8,
}

/// Memory, and what processors send to each other and to the host.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    /// The guest whose image memory was loaded with.
    guest: Arc<Guest>,
    memory: Vec<u8>,
    code: Code,
    /// Interprocessor interrupts sent and not yet delivered.
    pub sent: Vec<Ipi>,
    /// The port write of the instruction under way, if any.
    pub output: Option<Output>,
    ioapic_index: u32,
    ioapic: [u32; 64],
}

impl Bus {
    /// Memory with the guest's image.
    pub(crate) fn new(guest: &Arc<Guest>) -> Self {
        let mut memory = guest.memory.clone();
        memory.resize(MEMORY_SIZE as usize, 0);
        let code = Code::new(memory.len());
        let guest = Arc::clone(guest);
        Self { guest, memory, code, sent: Vec::new(), output: None, ioapic_index: 0, ioapic: [0; 64] }
    }

    /// The same as [`Bus::new`], from a bus that is not needed any more: most trials run one guest several times, and
    /// then only what the last run wrote is put back, and what was decoded stays.
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

    /// All but memory as in a fresh bus.
    pub(crate) fn renew(&mut self) {
        (self.output, self.ioapic_index, self.ioapic) = (None, 0, [0; 64]);
        self.sent.clear();
    }

    /// Reads up to 8 bytes at a physical address.
    pub(crate) fn read(&self, address: u64, size: usize) -> Result<u64, Trouble> {
        let from = usize::try_from(address).unwrap_or(usize::MAX);
        if let Some(bytes) = from.checked_add(size.min(8)).and_then(|to| self.memory.get(from..to)) {
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
        let from = usize::try_from(address).unwrap_or(usize::MAX);
        if let (Some(memory), Some(source)) =
            (from.checked_add(size).and_then(|to| self.memory.get_mut(from..to)), value.to_le_bytes().get(..size))
        {
            memory.copy_from_slice(source);
            self.code.written(address, size);
            return Ok(());
        }
        match address.checked_sub(IOAPIC_PAGE) {
            Some(IOAPIC_SELECT) => self.ioapic_index = value as u32 & 63,
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

    /// The bytes from a physical address to the end of its page, at most 15.
    pub(crate) fn code_bytes(&self, address: u64) -> &[u8] {
        let from = usize::try_from(address).unwrap_or(usize::MAX);
        let in_page = (PAGE - address % PAGE).min(15) as usize;
        self.memory.get(from..from.saturating_add(in_page).min(self.memory.len())).unwrap_or(&[])
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
        let from = usize::try_from(address).unwrap_or(usize::MAX);
        let memory = from.checked_add(bytes.len()).and_then(|to| self.memory.get(from..to));
        bytes.copy_from_slice(memory.ok_or(Unmodelled::Memory { address })?);
        Ok(())
    }

    /// The host writes memory.
    pub(crate) fn host_write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        let from = usize::try_from(address).unwrap_or(usize::MAX);
        let memory = from.checked_add(bytes.len()).and_then(|to| self.memory.get_mut(from..to));
        memory.ok_or(Unmodelled::Memory { address })?.copy_from_slice(bytes);
        self.code.written(address, bytes.len());
        Ok(())
    }
}

/// A little-endian value of at most 8 bytes. Whole ones, which page walks read all the time, are loaded at once.
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
