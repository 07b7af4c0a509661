//! The state of a new processor, to which it is reset.

use kvm_bindings::{
    KVM_VCPUEVENT_VALID_NMI_PENDING, KVM_VCPUEVENT_VALID_SHADOW, KVM_VCPUEVENT_VALID_SMM, Msrs, kvm_debugregs, kvm_fpu,
    kvm_lapic_state, kvm_sregs, kvm_vcpu_events,
};
use kvm_ioctls::VcpuFd;
use x86::apic::{ApicBase, Spurious, register};

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use super::msrs;
use crate::machine::Trouble;
use crate::terms::Need;

/// A processor's state right after creation, to which it is reset.
pub(crate) struct ResetState {
    pub(super) sregs: kvm_sregs,
    pub(super) lapic: kvm_lapic_state,
    pub(super) msrs: Msrs,
    pub(super) debug: kvm_debugregs,
    pub(super) fpu: kvm_fpu,
    pub(super) events: kvm_vcpu_events,
}

impl ResetState {
    /// Sets the mode of the local APIC and reads the state of a new processor.
    pub(crate) fn capture(host: &Host, vcpu: &VcpuFd, x2apic: bool) -> Result<Self, Trouble> {
        let mut sregs = vcpu.get_sregs().ioctl("KVM_GET_SREGS")?;
        if x2apic {
            sregs.apic_base |= ApicBase::new().with_enabled(true).with_x2apic(true).into_bits();
            vcpu.set_sregs(&sregs).ioctl("KVM_SET_SREGS")?;
        }
        let mut lapic = vcpu.get_lapic().ioctl("KVM_GET_LAPIC")?;
        let svr = Spurious::new().with_enabled(true).with_vector(u8::MAX).into_bits();
        for (to, from) in lapic.regs.iter_mut().skip(register::SVR as usize).zip(svr.to_le_bytes()) {
            *to = from as _;
        }
        let smm = if host.lacks(Need::Smm).is_none() { KVM_VCPUEVENT_VALID_SMM } else { 0 };
        let flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW | smm;
        Ok(Self {
            sregs,
            lapic,
            msrs: msrs::resettable(host, vcpu)?,
            debug: vcpu.get_debug_regs().ioctl("KVM_GET_DEBUGREGS")?,
            fpu: vcpu.get_fpu().ioctl("KVM_GET_FPU")?,
            events: kvm_vcpu_events { flags, ..kvm_vcpu_events::default() },
        })
    }

    /// The MSRs that a reset sets.
    #[cfg(test)]
    pub(crate) fn msrs(&self) -> Vec<u32> {
        self.msrs.as_slice().iter().map(|entry| entry.index).collect()
    }
}
