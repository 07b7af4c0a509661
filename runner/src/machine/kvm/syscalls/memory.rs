use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::VmFd;
use reports::errno;
use vm_memory::mmap::MmapRegionError;
use vm_memory::{GuestAddress, GuestMemoryBackend, GuestMemoryError, GuestMemoryMmap, GuestRegionMmap, MmapRegion};

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

/// Sets the only memory slot of an address space of the virtual machine, from guest-physical address 0; deletes it if `size`
/// is 0.
pub fn map_memory(vm: &VmFd, memory: &GuestMemoryMmap, size: u64, space: u32) -> Result<(), Trouble> {
    let host = memory.get_host_address(GuestAddress(0)).map_err(|_| Cannot::MapMemory { why: NoMemory::NotWhole })?;
    let region = kvm_userspace_memory_region {
        slot: space << 16,
        flags: 0,
        guest_phys_addr: 0,
        memory_size: size,
        userspace_addr: host as u64,
    };
    // SAFETY: `memory` maps `size` bytes at `host` and is owned by the `GuestMemory` that is kept beside `vm`. If it is
    // unmapped first, KVM drops its mappings through its MMU notifier. All access from Rust goes through vm-memory's volatile
    // copies.
    unsafe { vm.set_user_memory_region(region) }.ioctl("KVM_SET_USER_MEMORY_REGION")
}

/// Sets guest memory to zero. Errors: it is not all mapped.
pub(crate) fn clear_memory(memory: &GuestMemoryMmap, from: u64, length: usize) -> Result<(), GuestMemoryError> {
    let slice = memory.get_slice(GuestAddress(from), length)?;
    // SAFETY: these bytes are mapped as long as `memory` is, and no reference to guest memory is ever made.
    unsafe { std::ptr::write_bytes(slice.ptr_guard_mut().as_ptr(), 0, length) };
    Ok(())
}
