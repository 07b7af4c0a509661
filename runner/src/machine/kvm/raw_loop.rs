use guests::{Guest, map};
use kvm_ioctls::{Kvm, VcpuFd, VmFd};
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

use super::causes::{cannot_open, failed};
use super::sys;
use crate::machine::Trouble;

/// A virtual machine with one processor and a guest's memory, and nothing else: what the benchmark compares with.
pub struct RawLoop {
    /// The processor.
    pub vcpu: VcpuFd,
    _vm: VmFd,
    _memory: GuestMemoryMmap,
}

impl RawLoop {
    /// Makes it, with the guest's image in memory and registers as after reset.
    ///
    /// Errors: the ioctl that failed.
    pub fn new(guest: &Guest) -> Result<Self, Trouble> {
        let kvm = Kvm::new().map_err(|error| cannot_open(error.errno()))?;
        let vm = kvm.create_vm().map_err(|errno| failed("KVM_CREATE_VM", errno))?;
        vm.set_tss_address(0xfffb_d000).map_err(|errno| failed("KVM_SET_TSS_ADDR", errno))?;
        vm.create_irq_chip().map_err(|errno| failed("KVM_CREATE_IRQCHIP", errno))?;
        let trouble = |error: String| Trouble::new("guest memory", error);
        let memory = GuestMemoryMmap::from_ranges(&[(GuestAddress(0), map::MEMORY_SIZE as usize)])
            .map_err(|error| trouble(error.to_string()))?;
        sys::map_memory(&vm, &memory, map::MEMORY_SIZE, 0)?;
        memory.write_slice(&guest.memory, GuestAddress(0)).map_err(|error| trouble(error.to_string()))?;
        let vcpu = vm.create_vcpu(0).map_err(|errno| failed("KVM_CREATE_VCPU", errno))?;
        let cpuid = kvm
            .get_supported_cpuid(kvm_bindings::KVM_MAX_CPUID_ENTRIES)
            .map_err(|errno| failed("KVM_GET_SUPPORTED_CPUID", errno))?;
        vcpu.set_cpuid2(&cpuid).map_err(|errno| failed("KVM_SET_CPUID2", errno))?;
        Ok(Self { vcpu, _vm: vm, _memory: memory })
    }
}
