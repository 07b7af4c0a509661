use std::sync::Arc;

use guests::StartState;
use kvm_bindings::{
    KVM_MP_STATE_HALTED, KVM_MP_STATE_RUNNABLE, KVM_VCPUEVENT_VALID_NMI_PENDING, KVM_VCPUEVENT_VALID_SHADOW,
    KVM_VCPUEVENT_VALID_SMM, Msrs, kvm_debugregs, kvm_fpu, kvm_guest_debug, kvm_lapic_state, kvm_mp_state, kvm_sregs,
    kvm_vcpu_events,
};
use kvm_ioctls::{SyncReg, VcpuFd};
use x86::apic::{ApicBase, Spurious, register};

use super::causes::failed;
use super::open::Host;
use super::stats::Stats;
use super::sys::{self, Stopped};
use super::vm::Config;
use super::{debug, msrs, start};
use crate::machine::{Registers, Trouble};

/// Size of an OUT to an 8-bit port: the furthest that RIP can be past it.
const OUT_LENGTH: u64 = 2;

/// A processor's state right after creation, to which it is reset.
pub(super) struct FreshCpu {
    sregs: kvm_sregs,
    lapic: kvm_lapic_state,
    msrs: Msrs,
    debug: kvm_debugregs,
    fpu: kvm_fpu,
    events: kvm_vcpu_events,
}

impl FreshCpu {
    /// Puts the local APIC into its mode and keeps what a new processor shows.
    pub(super) fn capture(host: &Host, vcpu: &VcpuFd, config: Config) -> Result<Self, Trouble> {
        let mut sregs = vcpu.get_sregs().map_err(|errno| failed("KVM_GET_SREGS", errno))?;
        if config.x2apic {
            sregs.apic_base |= ApicBase::new().with_enabled(true).with_x2apic(true).into_bits();
            vcpu.set_sregs(&sregs).map_err(|errno| failed("KVM_SET_SREGS", errno))?;
        }
        let mut lapic = vcpu.get_lapic().map_err(|errno| failed("KVM_GET_LAPIC", errno))?;
        let svr = Spurious::new().with_enabled(true).with_vector(u8::MAX).into_bits();
        for (to, from) in lapic.regs.iter_mut().skip(register::SVR as usize).zip(svr.to_le_bytes()) {
            *to = from as _;
        }
        let flags = KVM_VCPUEVENT_VALID_NMI_PENDING
            | KVM_VCPUEVENT_VALID_SHADOW
            | if host.lacks(crate::terms::Need::Smm).is_none() { KVM_VCPUEVENT_VALID_SMM } else { 0 };
        Ok(Self {
            sregs,
            lapic,
            msrs: msrs::resettable(host, vcpu)?,
            debug: vcpu.get_debug_regs().map_err(|errno| failed("KVM_GET_DEBUGREGS", errno))?,
            fpu: vcpu.get_fpu().map_err(|errno| failed("KVM_GET_FPU", errno))?,
            events: kvm_vcpu_events { flags, ..kvm_vcpu_events::default() },
        })
    }
}

/// A processor.
pub(super) struct Cpu {
    pub(super) fd: VcpuFd,
    pub(super) stats: Option<Stats>,
    /// The last exit was for I/O, which the next KVM_RUN completes.
    pub(super) io_pending: bool,
    pub(super) fresh: Arc<FreshCpu>,
    /// Registers and events go through the run page.
    sync: bool,
    /// The start state lies in the run page and was not taken yet.
    unapplied: bool,
    /// The activity state can only be "runnable".
    runnable: bool,
    /// What guest debugging was last set to; off if its control is 0.
    pub(super) debug: kvm_guest_debug,
}

impl Cpu {
    pub(super) fn new(mut fd: VcpuFd, fresh: Arc<FreshCpu>, sync: bool) -> Self {
        if sync {
            // RIP at an exit, for `reset`. Events are not asked for: storing them would re-evaluate them.
            fd.set_sync_valid_reg(SyncReg::Register);
        }
        let stats = Stats::open(&fd);
        let debug = kvm_guest_debug::default();
        Self { fd, stats, io_pending: false, fresh, sync, unapplied: false, runnable: false, debug }
    }

    /// Resets everything a guest or the host can have changed.
    ///
    /// Left as it is: XCR0 and what XSAVE keeps beyond x87 and SSE (no instruction a case can reach treats NMIs
    /// differently for it), and the time-stamp counter, which goes on.
    pub(super) fn reset(&mut self, start: &StartState) -> Result<(), Trouble> {
        if self.debug.control != 0 {
            self.set_guest_debug(&kvm_guest_debug::default())?;
        }
        let special = start::special(&self.fresh.sregs, start);
        let general = start::general(start);
        self.forget_io(start.cs.base.wrapping_add(start.rip))?;
        // The APIC's mode before its registers, whose layout depends on it. After an exit the run page tells the mode.
        if !self.sync || self.fd.get_kvm_run().apic_base != special.apic_base {
            self.fd.set_sregs(&special).map_err(|errno| failed("KVM_SET_SREGS", errno))?;
        }
        self.fd.set_lapic(&self.fresh.lapic).map_err(|errno| failed("KVM_SET_LAPIC", errno))?;
        // After the APIC: IA32_TSC_DEADLINE depends on its timer's mode.
        msrs::set_all(&self.fd, &self.fresh.msrs)?;
        self.fd.set_debug_regs(&self.fresh.debug).map_err(|errno| failed("KVM_SET_DEBUGREGS", errno))?;
        self.fd.set_fpu(&self.fresh.fpu).map_err(|errno| failed("KVM_SET_FPU", errno))?;
        if !self.runnable {
            self.set_activity(KVM_MP_STATE_RUNNABLE)?;
        }
        if self.sync {
            let page = self.fd.sync_regs_mut();
            page.regs = general;
            page.sregs = special;
            page.events = self.fresh.events;
            for part in [SyncReg::Register, SyncReg::SystemRegister, SyncReg::VcpuEvents] {
                self.fd.set_sync_dirty_reg(part);
            }
        } else {
            self.fd.set_regs(&general).map_err(|errno| failed("KVM_SET_REGS", errno))?;
            // Last: setting registers drops pending exceptions, setting special registers can queue an interrupt.
            self.set_raw_events(&self.fresh.events)?;
        }
        self.unapplied = self.sync;
        Ok(())
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

    /// KVM_RUN until something concerns the host.
    pub(super) fn run(&mut self) -> Result<Stopped, Trouble> {
        let stopped = sys::run(&mut self.fd)?;
        self.io_pending = matches!(stopped, Stopped::Out(..));
        self.runnable = matches!(stopped, Stopped::Out(..) | Stopped::Debug { .. });
        if stopped != Stopped::Signal {
            self.unapplied = false;
        } else {
            // A bell that rang before KVM_RUN still lets it take the run page, so nothing is unapplied here either.
            self.unapplied = self.unapplied && self.dirty();
        }
        Ok(stopped)
    }

    fn dirty(&mut self) -> bool {
        self.fd.get_kvm_run().kvm_dirty_regs != 0
    }

    /// Completes I/O and takes over the start state, so that the host may look, change and save.
    pub(super) fn settle(&mut self) -> Result<(), Trouble> {
        if !self.io_pending && !self.unapplied {
            return Ok(());
        }
        let stopped = sys::complete(&mut self.fd)?;
        self.completed(&stopped)
    }

    /// Takes what KVM_RUN with immediate_exit returned, after which nothing is left to complete.
    ///
    /// Completing an OUT ends an instruction, and an instruction can end in the guest's single-step trap. While guest debugging
    /// is on, some kernels report that as KVM_EXIT_DEBUG instead of making it pending (7.x, kvm_inject_emulated_db() in
    /// x86.c): it is the guest's, as at any other exit. A breakpoint on the next instruction needs no such care: it is hit
    /// again when the processor runs.
    pub(super) fn completed(&mut self, stopped: &Stopped) -> Result<(), Trouble> {
        let guests_own = match *stopped {
            Stopped::Signal => None,
            Stopped::Debug { dr6, .. } => (!debug::is_breakpoint(dr6)).then_some(dr6),
            ref other => {
                return Err(Trouble::new(
                    format!("KVM_RUN with immediate_exit, to complete I/O, returned {other:?}"),
                    "it must return EINTR without entering the guest; see the KVM API document, \"immediate_exit\"",
                ));
            }
        };
        self.io_pending = false;
        self.unapplied = false;
        guests_own.map_or(Ok(()), |dr6| self.hand_back_debug_exception(dr6))
    }

    /// Takes over the start state, if that still lies in the run page; pending I/O may stay.
    pub(super) fn apply(&mut self) -> Result<(), Trouble> {
        if self.unapplied { self.settle() } else { Ok(()) }
    }

    pub(super) fn raw_events(&self) -> Result<kvm_vcpu_events, Trouble> {
        self.fd.get_vcpu_events().map_err(|errno| failed("KVM_GET_VCPU_EVENTS", errno))
    }

    pub(super) fn set_raw_events(&self, events: &kvm_vcpu_events) -> Result<(), Trouble> {
        self.fd.set_vcpu_events(events).map_err(|errno| failed("KVM_SET_VCPU_EVENTS", errno))
    }

    /// No NMI is pending, injected or blocked, and no shadow holds.
    pub(super) fn is_idle(&self) -> bool {
        self.raw_events().is_ok_and(|events| {
            events.nmi.masked == 0
                && events.nmi.pending == 0
                && events.nmi.injected == 0
                && events.interrupt.shadow == 0
        })
    }

    /// KVM_GET_MP_STATE: whether the processor is halted.
    pub(super) fn is_halted(&self) -> Result<bool, Trouble> {
        let state = self.fd.get_mp_state().map_err(|errno| failed("KVM_GET_MP_STATE", errno))?;
        Ok(state.mp_state == KVM_MP_STATE_HALTED)
    }

    pub(super) fn set_activity(&mut self, mp_state: u32) -> Result<(), Trouble> {
        self.fd.set_mp_state(kvm_mp_state { mp_state }).map_err(|errno| failed("KVM_SET_MP_STATE", errno))?;
        self.runnable = mp_state == KVM_MP_STATE_RUNNABLE;
        Ok(())
    }

    /// The MSRs that a reset sets.
    #[cfg(test)]
    pub(super) fn fresh_msrs(&self) -> Vec<u32> {
        self.fresh.msrs.as_slice().iter().map(|entry| entry.index).collect()
    }

    /// Everything people want to see, by the manuals' names.
    pub(super) fn registers(&self) -> Result<Registers, Trouble> {
        let regs = self.fd.get_regs().map_err(|errno| failed("KVM_GET_REGS", errno))?;
        let sregs = self.fd.get_sregs().map_err(|errno| failed("KVM_GET_SREGS", errno))?;
        Ok(Registers {
            general: [
                regs.rax, regs.rcx, regs.rdx, regs.rbx, regs.rsp, regs.rbp, regs.rsi, regs.rdi, regs.r8, regs.r9,
                regs.r10, regs.r11, regs.r12, regs.r13, regs.r14, regs.r15,
            ],
            rip: sregs.cs.base.wrapping_add(regs.rip),
            rflags: regs.rflags,
            cr2: sregs.cr2,
            cs: sregs.cs.selector,
            ss: sregs.ss.selector,
        })
    }
}
