use kvm_bindings::kvm_userspace_memory_region;
use kvm_ioctls::VmFd;
use vm_memory::{GuestAddress, GuestMemoryBackend, GuestMemoryMmap, GuestRegionMmap, MmapRegion};

use super::super::ioctl_error::ioctl_failed;
use crate::machine::{Cannot, Trouble};

/// Guest memory from address 0, with all its pages: one call costs less than a fault for each of them.
pub fn new_memory(size: u64) -> Result<GuestMemoryMmap, Trouble> {
    let trouble = |error: String| Cannot::MapMemory { error };
    let flags = libc::MAP_ANONYMOUS | libc::MAP_PRIVATE | libc::MAP_POPULATE;
    let mapping = MmapRegion::build(None, size as usize, libc::PROT_READ | libc::PROT_WRITE, flags)
        .map_err(|error| trouble(error.to_string()))?;
    let region = GuestRegionMmap::new(mapping, GuestAddress(0)).ok_or_else(|| trouble("it does not fit".to_owned()))?;
    Ok(GuestMemoryMmap::from_regions(vec![region]).map_err(|error| trouble(error.to_string()))?)
}

/// Gives an address space of the virtual machine its only memory slot, from guest-physical address 0; takes it away if
/// `size` is 0.
pub fn map_memory(vm: &VmFd, memory: &GuestMemoryMmap, size: u64, space: u32) -> Result<(), Trouble> {
    let host =
        memory.get_host_address(GuestAddress(0)).map_err(|error| Cannot::MapMemory { error: error.to_string() })?;
    let region = kvm_userspace_memory_region {
        slot: space << 16,
        flags: 0,
        guest_phys_addr: 0,
        memory_size: size,
        userspace_addr: host as u64,
    };
    // SAFETY: `memory` maps `size` bytes at `host` and is kept by the same `GuestMemory` that the virtual machine keeps beside `vm`; should it go first,
    // KVM sees the unmapping through its MMU notifier. All access from Rust goes through vm-memory's volatile copies.
    unsafe { vm.set_user_memory_region(region) }.map_err(|errno| ioctl_failed("KVM_SET_USER_MEMORY_REGION", errno))
}
