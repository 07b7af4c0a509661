//! Saving all state of a processor and restoring it into a fresh one.

use kvm_bindings::{
    kvm_debugregs, kvm_lapic_state, kvm_mp_state, kvm_msr_entry, kvm_regs, kvm_sregs, kvm_vcpu_events, kvm_xcrs,
    kvm_xsave,
};
use kvm_ioctls::{Cap, KvmNestedStateBuffer};
use x86::msr;

use super::super::capabilities::Host;
use super::super::ioctl_error::IoctlResult;
use super::super::syscalls;
use super::msrs;
use super::nested::{self, NestedOrder};
use super::processor::Vcpu;
use crate::machine::Trouble;

/// The saved state of one processor.
pub(crate) struct SavedVcpu {
    activity: kvm_mp_state,
    events: kvm_vcpu_events,
    regs: kvm_regs,
    sregs: kvm_sregs,
    lapic: kvm_lapic_state,
    msrs: Vec<kvm_msr_entry>,
    xsave: Option<Box<kvm_xsave>>,
    xcrs: Option<kvm_xcrs>,
    debug: kvm_debugregs,
    /// Of a guest hypervisor.
    nested: Option<Box<KvmNestedStateBuffer>>,
}

impl SavedVcpu {
    /// Saves a processor whose I/O is completed.
    ///
    /// The activity state first: reading it takes pending INIT and SIPI into account. Events next: reading them counts
    /// raised NMIs and turns pending exceptions into their final form, which can touch CR2 and DR6.
    pub(crate) fn save(host: &Host, vcpu: &Vcpu) -> Result<Self, Trouble> {
        let fd = &vcpu.fd;
        Ok(Self {
            activity: fd.get_mp_state().ioctl("KVM_GET_MP_STATE")?,
            events: vcpu.events()?,
            regs: fd.get_regs().ioctl("KVM_GET_REGS")?,
            sregs: fd.get_sregs().ioctl("KVM_GET_SREGS")?,
            lapic: fd.get_lapic().ioctl("KVM_GET_LAPIC")?,
            msrs: msrs::readable(host, fd)?,
            xsave: host
                .kvm
                .check_extension(Cap::Xsave)
                .then(|| fd.get_xsave().map(Box::new).ioctl("KVM_GET_XSAVE"))
                .transpose()?,
            xcrs: host.kvm.check_extension(Cap::Xcrs).then(|| fd.get_xcrs().ioctl("KVM_GET_XCRS")).transpose()?,
            nested: vcpu.hypervisor.then(|| nested::save(fd)).transpose()?,
            debug: fd.get_debug_regs().ioctl("KVM_GET_DEBUGREGS")?,
        })
    }

    /// Restores into a fresh processor, whose CPUID is set already (it decides which bits and MSRs exist).
    ///
    /// The nested state of a guest hypervisor goes where `order` says. Its registers are those of whichever guest runs.
    ///
    /// 0. IA32_FEATURE_CONTROL, of a guest hypervisor on Intel's processors.
    /// 1. SREGS: modes, paging, and the APIC's mode, on which the layout of its registers depends. May queue an
    ///    interrupt, which EVENTS overrides.
    /// 2. XCRS, XSAVE: XCR0 says which components there are.
    /// 3. REGS: drops pending exceptions, so before EVENTS.
    /// 4. LAPIC, then MSRS: IA32_TSC_DEADLINE is kept only in the timer mode that the APIC's registers say.
    /// 5. DEBUGREGS.
    /// 6. EVENTS: replaces every NMI, interrupt, exception and shadow that the steps before may have left.
    /// 7. MP_STATE: last, since the other steps may wake a halted processor.
    pub(crate) fn restore(&self, vcpu: &mut Vcpu, order: NestedOrder) -> Result<(), Trouble> {
        let nested = |vcpu: &Vcpu, here: NestedOrder| match &self.nested {
            Some(state) if here == order => nested::restore(&vcpu.fd, state),
            _ => Ok(()),
        };
        vcpu.hypervisor = self.nested.is_some();
        // IA32_FEATURE_CONTROL allows CR4.VMXE and VMX operation.
        let allows = self.msrs.iter().find(|entry| entry.index == msr::FEATURE_CONTROL);
        if let Some(allows) = allows.filter(|_| vcpu.hypervisor) {
            msrs::set_one(&vcpu.fd, allows.index, allows.data)?;
        }
        vcpu.fd.set_sregs(&self.sregs).ioctl("KVM_SET_SREGS")?;
        nested(vcpu, NestedOrder::BehindSpecialRegisters)?;
        if let Some(xcrs) = &self.xcrs {
            vcpu.fd.set_xcrs(xcrs).ioctl("KVM_SET_XCRS")?;
        }
        if let Some(xsave) = &self.xsave {
            syscalls::set_xsave(&vcpu.fd, xsave)?;
        }
        vcpu.fd.set_regs(&self.regs).ioctl("KVM_SET_REGS")?;
        vcpu.fd.set_lapic(&self.lapic).ioctl("KVM_SET_LAPIC")?;
        msrs::set_possible(&vcpu.fd, &self.msrs)?;
        vcpu.fd.set_debug_regs(&self.debug).ioctl("KVM_SET_DEBUGREGS")?;
        vcpu.set_events(&self.events)?;
        nested(vcpu, NestedOrder::Last)?;
        vcpu.set_activity(self.activity.mp_state)
    }
}
