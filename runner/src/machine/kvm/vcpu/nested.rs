//! The state of a guest hypervisor that no register shows: whether its guest runs, and its VMCB with GIF or its VMCS.

use kvm_ioctls::{KvmNestedStateBuffer, VcpuFd};

use super::super::ioctl_error::ioctl_failed;
use crate::machine::Trouble;

/// When the nested state is written, of the two orders that monitors use (the API document names none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NestedOrder {
    /// Behind the special registers and before all others, as QEMU does.
    BehindSpecialRegisters,
    /// Behind everything but the activity state, as the kernel's selftests do.
    Last,
}

impl NestedOrder {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::BehindSpecialRegisters => Self::Last,
            Self::Last => Self::BehindSpecialRegisters,
        }
    }
}

/// What KVM_GET_NESTED_STATE says.
pub(super) fn save(vcpu: &VcpuFd) -> Result<Box<KvmNestedStateBuffer>, Trouble> {
    let mut state = Box::new(KvmNestedStateBuffer::empty());
    vcpu.nested_state(&mut state).map_err(|errno| ioctl_failed("KVM_GET_NESTED_STATE", errno))?;
    Ok(state)
}

/// KVM_SET_NESTED_STATE of what was saved.
pub(super) fn restore(vcpu: &VcpuFd, state: &KvmNestedStateBuffer) -> Result<(), Trouble> {
    vcpu.set_nested_state(state).map_err(|errno| ioctl_failed("KVM_SET_NESTED_STATE", errno))
}
