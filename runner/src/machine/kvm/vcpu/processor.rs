//! A processor: running it, and reading and changing its state between runs.

use std::sync::Arc;

use kvm_bindings::{
    KVM_GUESTDBG_INJECT_DB, KVM_MP_STATE_HALTED, KVM_MP_STATE_RUNNABLE, kvm_guest_debug, kvm_mp_state, kvm_vcpu_events,
};
use kvm_ioctls::{SyncReg, VcpuFd};

use super::super::ioctl_error::IoctlResult;
use super::super::syscalls;
use super::debug;
use super::nested::{self, Vmcb};
use super::reset_state::ResetState;
use super::statistics::{SleepFlag, Statistics};
use super::touched::Touched;
use crate::machine::{Cannot, Registers, Returned, Trouble};

/// A processor.
pub(crate) struct Vcpu {
    pub(crate) fd: VcpuFd,
    pub(crate) statistics: Option<Statistics>,
    pub(crate) reset_state: Arc<ResetState>,
    /// The last exit was for I/O, which the next KVM_RUN completes.
    pub(super) io_pending: bool,
    /// Registers and events are set through the run page (KVM_CAP_SYNC_REGS).
    pub(super) sync: bool,
    /// The start state is in the run page and KVM has not read it yet.
    pub(super) unapplied: bool,
    /// The activity state is known to be "runnable".
    pub(super) runnable: bool,
    /// Registers that may differ from a new processor's.
    pub(super) touched: Touched,
    /// The guest can be a hypervisor: its state is more than registers.
    pub(crate) hypervisor: bool,
    /// What KVM_SET_GUEST_DEBUG was last given; off if its control is 0.
    pub(super) debug: kvm_guest_debug,
}

impl Vcpu {
    pub(crate) fn new(mut fd: VcpuFd, reset_state: Arc<ResetState>, sync: bool) -> Self {
        if sync {
            // RIP at an exit, for `reset`. Not events: KVM would re-evaluate them when it stores them.
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

    /// KVM_RUN.
    pub(crate) fn run(&mut self) -> Result<Returned, Trouble> {
        let returned = syscalls::run(&mut self.fd)?;
        self.io_pending = matches!(returned, Returned::Out { .. });
        self.runnable = matches!(returned, Returned::Out { .. } | Returned::Debug { .. });
        // KVM_RUN may have read the run page before the signal ended it; then it has cleared the dirty bits.
        self.unapplied = self.unapplied && returned == Returned::Signal && self.fd.get_kvm_run().kvm_dirty_regs != 0;
        Ok(returned)
    }

    /// Completes pending I/O and applies the start state, so that the host can read, change and save the processor's state.
    pub(crate) fn settle(&mut self) -> Result<(), Trouble> {
        if !self.io_pending && !self.unapplied {
            return Ok(());
        }
        let returned = syscalls::complete(&mut self.fd)?;
        self.completed(&returned)
    }

    /// Handles the return of KVM_RUN with immediate_exit, after which nothing is left to complete.
    ///
    /// Completing an OUT ends an instruction, and an instruction can end in the guest's single-step trap. While guest debugging
    /// is on, some kernels report that as KVM_EXIT_DEBUG instead of making it pending (7.x, kvm_inject_emulated_db() in
    /// x86.c): it is the guest's exception, as at any other exit. A breakpoint on the next instruction needs no handling: it is
    /// hit again when the processor runs.
    pub(crate) fn completed(&mut self, returned: &Returned) -> Result<(), Trouble> {
        let guests_own = match *returned {
            Returned::Signal => None,
            Returned::Debug { dr6, .. } => (!debug::is_breakpoint(dr6)).then_some(dr6),
            ref other => return Err(Cannot::CompleteIo { returned: other.clone() }.into()),
        };
        self.io_pending = false;
        self.unapplied = false;
        guests_own.map_or(Ok(()), |dr6| self.hand_back_debug_exception(dr6))
    }

    /// Applies the start state if it is still in the run page; otherwise leaves pending I/O as it is.
    pub(crate) fn apply(&mut self) -> Result<(), Trouble> {
        if self.unapplied { self.settle() } else { Ok(()) }
    }

    /// KVM_GET_VCPU_EVENTS.
    pub(crate) fn events(&self) -> Result<kvm_vcpu_events, Trouble> {
        self.fd.get_vcpu_events().ioctl("KVM_GET_VCPU_EVENTS")
    }

    /// KVM_SET_VCPU_EVENTS.
    pub(crate) fn set_events(&self, events: &kvm_vcpu_events) -> Result<(), Trouble> {
        self.fd.set_vcpu_events(events).ioctl("KVM_SET_VCPU_EVENTS")
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

    /// Whether the guest's guest runs; true if that cannot be read.
    pub(crate) fn runs_a_guest(&self) -> bool {
        nested::runs(&self.fd).unwrap_or(true)
    }

    /// Enters the guest's guest that `vmcb` describes and unblocks NMIs there. Returns whether no event is left in it.
    pub(crate) fn unblock_guests_guest(&self, vmcb: &Vmcb) -> Result<bool, Trouble> {
        nested::enter(&self.fd, vmcb)?;
        self.set_events(&self.reset_state.events)?;
        Ok(self.is_idle())
    }

    /// KVM_GET_MP_STATE: whether the processor is halted.
    pub(crate) fn is_halted(&self) -> Result<bool, Trouble> {
        let state = self.fd.get_mp_state().ioctl("KVM_GET_MP_STATE")?;
        Ok(state.mp_state == KVM_MP_STATE_HALTED)
    }

    /// KVM_SET_MP_STATE.
    pub(crate) fn set_activity(&mut self, mp_state: u32) -> Result<(), Trouble> {
        self.fd.set_mp_state(kvm_mp_state { mp_state }).ioctl("KVM_SET_MP_STATE")?;
        self.runnable = mp_state == KVM_MP_STATE_RUNNABLE;
        Ok(())
    }

    /// KVM_SET_GUEST_DEBUG.
    pub(crate) fn set_guest_debug(&mut self, debug: &kvm_guest_debug) -> Result<(), Trouble> {
        self.fd.set_guest_debug(debug).ioctl("KVM_SET_GUEST_DEBUG")?;
        self.debug = *debug;
        self.touched.debug = true;
        Ok(())
    }

    /// Injects into the guest its own #DB, which KVM reported to the host because guest debugging is on.
    pub(crate) fn hand_back_debug_exception(&mut self, dr6: u64) -> Result<(), Trouble> {
        let mut registers = self.fd.get_debug_regs().ioctl("KVM_GET_DEBUGREGS")?;
        registers.dr6 = dr6;
        self.fd.set_debug_regs(&registers).ioctl("KVM_SET_DEBUGREGS")?;
        let mut debug = self.debug;
        debug.control |= KVM_GUESTDBG_INJECT_DB;
        self.fd.set_guest_debug(&debug).ioctl("KVM_SET_GUEST_DEBUG")
    }

    /// For another thread to read whether the processor sleeps in HLT, if KVM has that statistic.
    pub(crate) fn sleep_flag(&self) -> Option<SleepFlag> {
        self.statistics.as_ref().and_then(Statistics::sleep_flag)
    }

    /// The registers that reports show.
    pub(crate) fn registers(&self) -> Result<Registers, Trouble> {
        let regs = self.fd.get_regs().ioctl("KVM_GET_REGS")?;
        let sregs = self.fd.get_sregs().ioctl("KVM_GET_SREGS")?;
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
