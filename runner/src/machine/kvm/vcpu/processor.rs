//! A processor: running it, and what the host does to it between two runs.

use std::sync::Arc;

use kvm_bindings::{
    KVM_GUESTDBG_INJECT_DB, KVM_MP_STATE_HALTED, KVM_MP_STATE_RUNNABLE, kvm_guest_debug, kvm_mp_state, kvm_vcpu_events,
};
use kvm_ioctls::{SyncReg, VcpuFd};

use super::super::ioctl_error::ioctl_failed;
use super::super::syscalls::{self, Stopped};
use super::debug;
use super::nested::{self, Vmcb};
use super::reset_state::ResetState;
use super::statistics::{SleepFlag, Statistics};
use super::touched::Touched;
use crate::machine::{Cannot, Registers, Trouble};

/// A processor.
pub(crate) struct Vcpu {
    pub(crate) fd: VcpuFd,
    pub(crate) statistics: Option<Statistics>,
    pub(crate) reset_state: Arc<ResetState>,
    /// The last exit was for I/O, which the next KVM_RUN completes.
    pub(super) io_pending: bool,
    /// Registers and events go through the run page.
    pub(super) sync: bool,
    /// The start state lies in the run page and was not taken yet.
    pub(super) unapplied: bool,
    /// The activity state can only be "runnable".
    pub(super) runnable: bool,
    /// What may differ from a new processor.
    pub(super) touched: Touched,
    /// The guest can be a hypervisor: its state is more than registers.
    pub(crate) hypervisor: bool,
    /// What guest debugging was last set to; off if its control is 0.
    pub(super) debug: kvm_guest_debug,
}

impl Vcpu {
    pub(crate) fn new(mut fd: VcpuFd, reset_state: Arc<ResetState>, sync: bool) -> Self {
        if sync {
            // RIP at an exit, for `reset`. Events are not asked for: storing them would re-evaluate them.
            fd.set_sync_valid_reg(SyncReg::Register);
        }
        Self {
            statistics: Statistics::open(&fd),
            fd,
            reset_state,
            io_pending: false,
            sync,
            unapplied: false,
            runnable: false,
            touched: Touched::ALL,
            hypervisor: false,
            debug: kvm_guest_debug::default(),
        }
    }

    /// KVM_RUN until something concerns the host.
    pub(crate) fn run(&mut self) -> Result<Stopped, Trouble> {
        let stopped = syscalls::run(&mut self.fd)?;
        self.io_pending = matches!(stopped, Stopped::Out(..));
        self.runnable = matches!(stopped, Stopped::Out(..) | Stopped::Debug { .. });
        // A signal that came before KVM_RUN still lets it take the run page, so nothing is unapplied then either.
        self.unapplied = self.unapplied && stopped == Stopped::Signal && self.fd.get_kvm_run().kvm_dirty_regs != 0;
        Ok(stopped)
    }

    /// Completes I/O and takes over the start state, so that the host may look, change and save.
    pub(crate) fn settle(&mut self) -> Result<(), Trouble> {
        if !self.io_pending && !self.unapplied {
            return Ok(());
        }
        let stopped = syscalls::complete(&mut self.fd)?;
        self.completed(&stopped)
    }

    /// Takes what KVM_RUN with immediate_exit returned, after which nothing is left to complete.
    ///
    /// Completing an OUT ends an instruction, and an instruction can end in the guest's single-step trap. While guest debugging
    /// is on, some kernels report that as KVM_EXIT_DEBUG instead of making it pending (7.x, kvm_inject_emulated_db() in
    /// x86.c): it is the guest's, as at any other exit. A breakpoint on the next instruction needs no such care: it is hit
    /// again when the processor runs.
    pub(crate) fn completed(&mut self, stopped: &Stopped) -> Result<(), Trouble> {
        let guests_own = match *stopped {
            Stopped::Signal => None,
            Stopped::Debug { dr6, .. } => (!debug::is_breakpoint(dr6)).then_some(dr6),
            ref other => {
                return Err(Cannot::CompleteIo { returned: format!("{other:?}") }.into());
            }
        };
        self.io_pending = false;
        self.unapplied = false;
        guests_own.map_or(Ok(()), |dr6| self.hand_back_debug_exception(dr6))
    }

    /// Takes over the start state, if that still lies in the run page; pending I/O may stay.
    pub(crate) fn apply(&mut self) -> Result<(), Trouble> {
        if self.unapplied { self.settle() } else { Ok(()) }
    }

    /// KVM_GET_VCPU_EVENTS.
    pub(crate) fn events(&self) -> Result<kvm_vcpu_events, Trouble> {
        self.fd.get_vcpu_events().map_err(|errno| ioctl_failed("KVM_GET_VCPU_EVENTS", errno))
    }

    /// KVM_SET_VCPU_EVENTS.
    pub(crate) fn set_events(&self, events: &kvm_vcpu_events) -> Result<(), Trouble> {
        self.fd.set_vcpu_events(events).map_err(|errno| ioctl_failed("KVM_SET_VCPU_EVENTS", errno))
    }

    /// No NMI is pending, injected or blocked, and no shadow holds.
    pub(crate) fn is_idle(&self) -> bool {
        self.events().is_ok_and(|events| {
            events.nmi.masked == 0
                && events.nmi.pending == 0
                && events.nmi.injected == 0
                && events.interrupt.shadow == 0
        })
    }

    /// Whether the guest's guest runs, as far as can be told.
    pub(crate) fn runs_a_guest(&self) -> bool {
        nested::runs(&self.fd).unwrap_or(true)
    }

    /// Has NMIs unblocked in the guest's guest, which `vmcb` describes, and stays in it. Whether nothing is left there.
    pub(crate) fn unblock_guests_guest(&self, vmcb: &Vmcb) -> Result<bool, Trouble> {
        nested::enter(&self.fd, vmcb)?;
        self.set_events(&self.reset_state.events)?;
        Ok(self.is_idle())
    }

    /// KVM_GET_MP_STATE: whether the processor is halted.
    pub(crate) fn is_halted(&self) -> Result<bool, Trouble> {
        let state = self.fd.get_mp_state().map_err(|errno| ioctl_failed("KVM_GET_MP_STATE", errno))?;
        Ok(state.mp_state == KVM_MP_STATE_HALTED)
    }

    /// KVM_SET_MP_STATE.
    pub(crate) fn set_activity(&mut self, mp_state: u32) -> Result<(), Trouble> {
        self.fd.set_mp_state(kvm_mp_state { mp_state }).map_err(|errno| ioctl_failed("KVM_SET_MP_STATE", errno))?;
        self.runnable = mp_state == KVM_MP_STATE_RUNNABLE;
        Ok(())
    }

    /// KVM_SET_GUEST_DEBUG.
    pub(crate) fn set_guest_debug(&mut self, debug: &kvm_guest_debug) -> Result<(), Trouble> {
        self.fd.set_guest_debug(debug).map_err(|errno| ioctl_failed("KVM_SET_GUEST_DEBUG", errno))?;
        self.debug = *debug;
        self.touched.debug = true;
        Ok(())
    }

    /// Hands the guest its own #DB, which KVM reported to the host because guest debugging is on.
    pub(crate) fn hand_back_debug_exception(&mut self, dr6: u64) -> Result<(), Trouble> {
        let mut registers = self.fd.get_debug_regs().map_err(|errno| ioctl_failed("KVM_GET_DEBUGREGS", errno))?;
        registers.dr6 = dr6;
        self.fd.set_debug_regs(&registers).map_err(|errno| ioctl_failed("KVM_SET_DEBUGREGS", errno))?;
        let mut debug = self.debug;
        debug.control |= KVM_GUESTDBG_INJECT_DB;
        self.fd.set_guest_debug(&debug).map_err(|errno| ioctl_failed("KVM_SET_GUEST_DEBUG", errno))
    }

    /// What tells another thread whether the processor sleeps in HLT, where KVM says so.
    pub(crate) fn sleep_flag(&self) -> Option<SleepFlag> {
        self.statistics.as_ref().and_then(Statistics::sleep_flag)
    }

    /// Everything people want to see, by the manuals' names.
    pub(crate) fn registers(&self) -> Result<Registers, Trouble> {
        let regs = self.fd.get_regs().map_err(|errno| ioctl_failed("KVM_GET_REGS", errno))?;
        let sregs = self.fd.get_sregs().map_err(|errno| ioctl_failed("KVM_GET_SREGS", errno))?;
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
