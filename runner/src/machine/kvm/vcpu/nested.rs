//! The state of a guest hypervisor that no register shows: whether its guest runs, GIF, and its VMCB.

use kvm_bindings::{KVM_STATE_NESTED_FORMAT_SVM, KVM_STATE_NESTED_GIF_SET, kvm_nested_state};
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

/// Leaves the guest's guest, if it runs, and sets GIF: the state of a processor on which no VMRUN was executed.
pub(super) fn leave(vcpu: &VcpuFd) -> Result<(), Trouble> {
    let mut state = KvmNestedStateBuffer::empty();
    state.flags = KVM_STATE_NESTED_GIF_SET as u16;
    state.format = KVM_STATE_NESTED_FORMAT_SVM as u16;
    state.size = size_of::<kvm_nested_state>() as u32;
    restore(vcpu, &state)
}
