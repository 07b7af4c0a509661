//! Resetting a processor between trials.

use std::sync::Arc;

use guests::StartState;
use kvm_bindings::{KVM_MP_STATE_RUNNABLE, kvm_guest_debug};
use kvm_ioctls::SyncReg;
use x86::msr;

use super::super::ioctl_error::IoctlResult;
use super::processor::Vcpu;
use super::touched::Touched;
use super::{msrs, nested, start_state};
use crate::machine::Trouble;

/// Size in bytes of an OUT to an 8-bit port: how far RIP can be past its start.
const OUT_LENGTH: u64 = 2;

impl Vcpu {
    /// Resets all state that the last guest or the host can have changed or that the next guest can use.
    ///
    /// Not reset: XCR0 and what XSAVE keeps beyond x87 and SSE, on which nothing in a case depends, and the time-stamp counter,
    /// which goes on.
    pub(crate) fn reset(&mut self, start: &StartState, by_next: Touched) -> Result<(), Trouble> {
        if self.debug.control != 0 {
            self.set_guest_debug(&kvm_guest_debug::default())?;
        }
        // Before SREGS, which may not clear EFER.SVME while the guest's guest runs.
        if self.hypervisor {
            nested::leave(&self.fd)?;
        }
        let new = Arc::clone(&self.reset_state);
        let special = start_state::special(&new.sregs, start);
        let general = start_state::general(start);
        self.forget_io(start.cs.base.wrapping_add(start.rip))?;
        // The APIC's mode before its registers, whose layout depends on it. After an exit the run page tells the mode.
        if !self.sync || self.fd.get_kvm_run().apic_base != special.apic_base {
            self.fd.set_sregs(&special).ioctl("KVM_SET_SREGS")?;
        }
        self.fd.set_lapic(&new.lapic).ioctl("KVM_SET_LAPIC")?;
        let touched = self.touched.or(by_next);
        if touched.msrs {
            // After the APIC: IA32_TSC_DEADLINE depends on its timer's mode.
            msrs::set_all(&self.fd, &new.msrs)?;
        }
        self.hypervisor = start.hypervisor.is_some();
        if start.hsave != 0 {
            msrs::set_one(&self.fd, msr::VM_HSAVE_PA, start.hsave)?;
        }
        if touched.debug {
            self.fd.set_debug_regs(&new.debug).ioctl("KVM_SET_DEBUGREGS")?;
        }
        if touched.fpu {
            self.fd.set_fpu(&new.fpu).ioctl("KVM_SET_FPU")?;
        }
        self.touched = by_next;
        if !self.runnable {
            self.set_activity(KVM_MP_STATE_RUNNABLE)?;
        }
        if self.sync {
            let page = self.fd.sync_regs_mut();
            page.regs = general;
            page.sregs = special;
            page.events = new.events;
            for part in [SyncReg::Register, SyncReg::SystemRegister, SyncReg::VcpuEvents] {
                self.fd.set_sync_dirty_reg(part);
            }
        } else {
            self.fd.set_regs(&general).ioctl("KVM_SET_REGS")?;
            // Last: setting registers drops pending exceptions, setting special registers can queue an interrupt.
            self.set_events(&new.events)?;
        }
        self.unapplied = self.sync;
        Ok(())
    }

    /// Marks all registers as possibly changed, after a guest that did not do what its program says.
    pub(crate) fn distrust(&mut self) {
        self.touched = Touched::ALL;
    }

    /// Makes sure that an I/O exit of the last trial is not completed in the next.
    ///
    /// KVM skips the OUT only if RIP still is where it was, so that a new RIP is enough, unless the next guest starts
    /// at the very OUT. RIP in the run page may be before or after the OUT, and its segment's base is not known: it is a
    /// multiple of 16 wherever 16-bit code changes it.
    fn forget_io(&mut self, start: u64) -> Result<(), Trouble> {
        if !self.io_pending {
            return Ok(());
        }
        let distance = self.fd.sync_regs().regs.rip.wrapping_sub(start) % 16;
        if self.sync && distance > OUT_LENGTH {
            self.io_pending = false;
            return Ok(());
        }
        self.settle()
    }
}
