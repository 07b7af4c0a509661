use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::VmFd;
use reports::errno;
use vm_memory::mmap::MmapRegionError;
use vm_memory::{
    GuestAddress, GuestMemoryBackend, GuestMemoryError, GuestMemoryMmap, GuestMemoryRegion, GuestRegionMmap, MmapRegion,
};

use super::super::ioctl_error::IoctlResult;
use crate::machine::{Cannot, NoMemory, Trouble};

/// Guest memory from address 0, with all pages present: one call costs less than a fault for each page.
pub fn new_memory(size: u64) -> Result<GuestMemoryMmap, Trouble> {
    let trouble = |why: NoMemory| Cannot::MapMemory { why };
    let flags = libc::MAP_ANONYMOUS | libc::MAP_PRIVATE | libc::MAP_POPULATE;
    let mapping = MmapRegion::build(None, size as usize, libc::PROT_READ | libc::PROT_WRITE, flags).map_err(
        |error| match error {
            MmapRegionError::Mmap(error) => trouble(NoMemory::System { errno: errno(&error) }),
            // About files and fixed addresses.
            _ => trouble(NoMemory::NotWhole),
        },
    )?;
    let region = GuestRegionMmap::new(mapping, GuestAddress(0)).ok_or_else(|| trouble(NoMemory::TooLong))?;
    Ok(GuestMemoryMmap::from_regions(vec![region]).map_err(|_| trouble(NoMemory::NotWhole))?)
}

/// Maps all of this memory, which must begin at guest-physical address 0, as the only memory slot of an address space of the virtual
/// machine. It must stay mapped as long as a processor of the machine can run.
pub fn map_memory(vm: &VmFd, memory: &GuestMemoryMmap, space: u32) -> Result<(), Trouble> {
    let not_whole = || Cannot::MapMemory { why: NoMemory::NotWhole };
    let length = memory.find_region(GuestAddress(0)).ok_or_else(not_whole)?.len();
    let host = memory.get_host_address(GuestAddress(0)).map_err(|_| not_whole())?;
    set_slot(vm, space, host as u64, length)
}

/// Deletes the memory slot that [`map_memory`] set.
pub(crate) fn unmap_memory(vm: &VmFd, space: u32) -> Result<(), Trouble> {
    set_slot(vm, space, 0, 0)
}

fn set_slot(vm: &VmFd, space: u32, userspace_addr: u64, memory_size: u64) -> Result<(), Trouble> {
    let slot = space << 16;
    let region = kvm_userspace_memory_region { slot, flags: 0, guest_phys_addr: 0, memory_size, userspace_addr };
    // SAFETY: a slot of no bytes lets the guest access nothing. Any other is the whole of one region of a `GuestMemoryMmap`, which is
    // mapped for reading and writing, and which each caller of `map_memory` owns together with `vm` and drops after its processors have
    // run: `Platform`, and the benchmark's loop. All access from Rust goes through vm-memory's volatile copies.
    unsafe { vm.set_user_memory_region(region) }.ioctl("KVM_SET_USER_MEMORY_REGION")
}

/// Sets guest memory to zero. Errors: it is not all mapped.
pub(crate) fn clear_memory(memory: &GuestMemoryMmap, from: u64, length: usize) -> Result<(), GuestMemoryError> {
    let slice = memory.get_slice(GuestAddress(from), length)?;
    // SAFETY: these bytes are mapped as long as `memory` is, and no reference to guest memory is ever made.
    unsafe { std::ptr::write_bytes(slice.ptr_guard_mut().as_ptr(), 0, length) };
    Ok(())
}
