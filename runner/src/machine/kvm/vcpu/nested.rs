//! The nested state of a guest hypervisor: whether its guest runs, and GIF with the VMCB, or the VMCS.

use guests::map;
use kvm_bindings::nested::{kvm_nested_state__data, kvm_svm_nested_state_data};
use kvm_bindings::{
    KVM_STATE_NESTED_FORMAT_SVM, KVM_STATE_NESTED_GIF_SET, KVM_STATE_NESTED_GUEST_MODE, KVM_STATE_NESTED_SVM_VMCB_SIZE,
    kvm_nested_state, kvm_nested_state__bindgen_ty_1, kvm_svm_nested_state_hdr,
};
use kvm_ioctls::{KvmNestedStateBuffer, VcpuFd};

use super::super::ioctl_error::IoctlResult;
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
    vcpu.nested_state(&mut state).ioctl("KVM_GET_NESTED_STATE")?;
    Ok(state)
}

/// A page with the VMCB of a guest's guest.
pub(crate) type Vmcb = [u8; KVM_STATE_NESTED_SVM_VMCB_SIZE as usize];

/// Whether the guest's guest runs.
pub(super) fn runs(vcpu: &VcpuFd) -> Result<bool, Trouble> {
    Ok(u32::from(save(vcpu)?.flags) & KVM_STATE_NESTED_GUEST_MODE != 0)
}

/// Leaves the guest's guest, if it runs, and sets GIF, as on a processor that has not executed VMRUN.
pub(super) fn leave(vcpu: &VcpuFd) -> Result<(), Trouble> {
    let mut state = svm_state(KVM_STATE_NESTED_GIF_SET);
    state.size = size_of::<kvm_nested_state>() as u32;
    restore(vcpu, &state)
}

/// Enters the guest's guest without VMRUN: the control area of `vmcb` is L2's, its state save area L1's.
pub(super) fn enter(vcpu: &VcpuFd, vmcb: &Vmcb) -> Result<(), Trouble> {
    let mut state = svm_state(KVM_STATE_NESTED_GIF_SET | KVM_STATE_NESTED_GUEST_MODE);
    state.hdr = kvm_nested_state__bindgen_ty_1 { svm: kvm_svm_nested_state_hdr { vmcb_pa: map::VMCB } };
    state.data = kvm_nested_state__data { svm: kvm_svm_nested_state_data { vmcb12: *vmcb } };
    restore(vcpu, &state)
}

fn svm_state(flags: u32) -> Box<KvmNestedStateBuffer> {
    let mut state = Box::new(KvmNestedStateBuffer::empty());
    state.flags = flags as u16;
    state.format = KVM_STATE_NESTED_FORMAT_SVM as u16;
    state
}

/// KVM_SET_NESTED_STATE of what was saved.
pub(super) fn restore(vcpu: &VcpuFd, state: &KvmNestedStateBuffer) -> Result<(), Trouble> {
    vcpu.set_nested_state(state).ioctl("KVM_SET_NESTED_STATE")
}
