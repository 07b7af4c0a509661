//! Resetting a processor between trials.

use std::sync::Arc;

use guests::StartState;
use kvm_bindings::{KVM_MP_STATE_RUNNABLE, kvm_guest_debug};
use kvm_ioctls::SyncReg;
use x86::msr;

use super::super::ioctl_error::ioctl_failed;
use super::processor::Vcpu;
use super::touched::Touched;
use super::{msrs, nested, start_state};
use crate::machine::Trouble;

/// Size of an OUT to an 8-bit port: the furthest that RIP can be past it.
const OUT_LENGTH: u64 = 2;

impl Vcpu {
    /// Resets everything that the last guest or the host can have changed, and what the next one can use.
    ///
    /// Left as it is: XCR0 and what XSAVE keeps beyond x87 and SSE (no instruction a case can reach treats NMIs
    /// differently for it), and the time-stamp counter, which goes on.
    pub(crate) fn reset(&mut self, start: &StartState, by_next: Touched) -> Result<(), Trouble> {
        if self.debug.control != 0 {
            self.set_guest_debug(&kvm_guest_debug::default())?;
        }
        // Before SREGS, which may not take EFER.SVME from a guest that runs one.
        if self.hypervisor {
            nested::leave(&self.fd)?;
        }
        let new = Arc::clone(&self.reset_state);
        let special = start_state::special(&new.sregs, start);
        let general = start_state::general(start);
        self.forget_io(start.cs.base.wrapping_add(start.rip))?;
        // The APIC's mode before its registers, whose layout depends on it. After an exit the run page tells the mode.
        if !self.sync || self.fd.get_kvm_run().apic_base != special.apic_base {
            self.fd.set_sregs(&special).map_err(|errno| ioctl_failed("KVM_SET_SREGS", errno))?;
        }
        self.fd.set_lapic(&new.lapic).map_err(|errno| ioctl_failed("KVM_SET_LAPIC", errno))?;
        // After the APIC: IA32_TSC_DEADLINE depends on its timer's mode.
        msrs::set_all(&self.fd, &new.msrs)?;
        self.hypervisor = start.hypervisor.is_some();
        if start.hsave != 0 {
            msrs::set_one(&self.fd, msr::VM_HSAVE_PA, start.hsave)?;
        }
        let touched = self.touched.or(by_next);
        if touched.debug {
            self.fd.set_debug_regs(&new.debug).map_err(|errno| ioctl_failed("KVM_SET_DEBUGREGS", errno))?;
        }
        if touched.fpu {
            self.fd.set_fpu(&new.fpu).map_err(|errno| ioctl_failed("KVM_SET_FPU", errno))?;
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
            self.fd.set_regs(&general).map_err(|errno| ioctl_failed("KVM_SET_REGS", errno))?;
            // Last: setting registers drops pending exceptions, setting special registers can queue an interrupt.
            self.set_events(&new.events)?;
        }
        self.unapplied = self.sync;
        Ok(())
    }

    /// The guest did not do what its program says: any register may have changed.
    pub(crate) fn distrust(&mut self) {
        self.touched = Touched::ALL;
    }

    /// Sees to it that an I/O exit of the last trial is not completed in the next.
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
