//! Guest memory: its only slot, its contents, and dropping cached translations of its page tables.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use guests::map;
use kvm_ioctls::VmFd;
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

use super::super::syscalls;
use super::page_tables::{Translations, tables};
use crate::machine::{Cannot, Trouble};

/// System-management mode has an address space of its own (KVM API document, "KVM_SET_USER_MEMORY_REGION").
const SMM_SPACE: u32 = 1;

/// A page as it is in new memory.
static ZEROES: [u8; map::PAGE as usize] = [0; map::PAGE as usize];

/// Guest-physical memory from address 0.
pub(crate) struct GuestMemory {
    mapping: GuestMemoryMmap,
    /// Nothing has filled it yet: all of it is zero.
    untouched: AtomicBool,
    /// The address spaces that it is mapped into.
    spaces: &'static [u32],
    translations: Mutex<Translations>,
}

impl GuestMemory {
    /// Gives a virtual machine its memory.
    pub(super) fn new(vm: &VmFd, smm: bool) -> Result<Self, Trouble> {
        let mapping = syscalls::new_memory(map::MEMORY_SIZE)?;
        let spaces: &[u32] = if smm { &[0, SMM_SPACE] } else { &[0] };
        let memory = Self { mapping, untouched: AtomicBool::new(true), spaces, translations: Mutex::default() };
        memory.map(vm)?;
        Ok(memory)
    }

    /// Sets its contents from address 0, followed by zeroes.
    ///
    /// In new memory, pages of zeroes need not be written.
    pub(super) fn fill(&self, vm: &VmFd, contents: &[u8]) -> Result<(), Trouble> {
        if contents.len() > map::MEMORY_SIZE as usize {
            return Err(outside(0, contents.len()));
        }
        let mut translations = self.translations.lock().unwrap_or_else(PoisonError::into_inner);
        let next = tables(contents);
        if self.untouched.swap(false, Ordering::Relaxed) {
            translations.begin(&next);
            let pages = (0..).step_by(map::PAGE as usize).zip(contents.chunks(map::PAGE as usize));
            let mut full = pages.filter(|(_, page)| !ZEROES.starts_with(page));
            return full.try_for_each(|(address, page)| self.write(address, page));
        }
        let must_go = translations.must_go(&next, |left| self.read(map::PAGE_TABLES.start, left))?;
        self.write(0, contents)?;
        // Copying zeroes instead would take several hundredths of a short trial.
        let length = map::MEMORY_SIZE as usize - contents.len();
        let from = contents.len() as u64;
        syscalls::clear_memory(&self.mapping, from, length).map_err(|_| outside(from, length))?;
        if must_go { self.forget_translations(vm) } else { Ok(()) }
    }

    /// Makes KVM drop its shadow page tables and the TLB entries, by deleting the memory slot and setting it again.
    fn forget_translations(&self, vm: &VmFd) -> Result<(), Trouble> {
        self.spaces.iter().try_for_each(|&space| syscalls::unmap_memory(vm, space))?;
        self.map(vm)
    }

    fn map(&self, vm: &VmFd) -> Result<(), Trouble> {
        self.spaces.iter().try_for_each(|&space| syscalls::map_memory(vm, &self.mapping, space))
    }

    /// Reads guest-physical memory.
    pub(crate) fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        let length = bytes.len();
        self.mapping.read_slice(bytes, GuestAddress(address)).map_err(|_| outside(address, length))
    }

    /// Writes guest-physical memory.
    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.mapping.write_slice(bytes, GuestAddress(address)).map_err(|_| outside(address, bytes.len()))
    }
}

fn outside(address: u64, length: usize) -> Trouble {
    Cannot::AccessMemory { address, length, end: map::MEMORY_SIZE }.into()
}
