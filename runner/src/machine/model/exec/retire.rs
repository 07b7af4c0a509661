//! The effects of an instruction on the boundary after it: shadow, debug traps, the performance counter.

use spec::Shadow;
use spec::boundary::Ended;
use spec::shadow::Breakpoint;
use x86::debug::DR6_BS;
use x86::flags::{IF, RF, TF};

use super::super::cpu::{Core, Regs};

/// How an instruction ended, as far as it matters at the boundary after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Nothing special.
    Plain,
    /// STI.
    Sti,
    /// POPF.
    Popf,
    /// RET or RETF.
    Ret,
    /// A far JMP.
    FarJmp,
    /// SYSRET.
    Sysret,
    /// SYSCALL.
    Syscall,
    /// IRET.
    Iret,
    /// INT n, INT3, INTO, INT1: a handler was entered.
    Interrupt,
    /// MOV SS or POP SS.
    SsLoad,
    /// LSS.
    Lss,
    /// One iteration of a repeated string instruction that is not the last.
    Iteration,
    /// RSM.
    Rsm,
    /// VMRUN, VMLAUNCH or VMRESUME: what follows is L2's first boundary, or L1's if the entry failed.
    Entry,
}

impl Done {
    /// The instruction, as the rules tell them apart.
    fn ended(self) -> Ended {
        match self {
            Done::Interrupt => Ended::SoftwareInterrupt,
            Done::Syscall => Ended::Syscall,
            Done::Iret => Ended::Iret,
            Done::Iteration => Ended::Iteration,
            Done::Sti => Ended::Sti,
            Done::Popf => Ended::Popf,
            Done::Ret => Ended::Ret,
            Done::FarJmp => Ended::FarJmp,
            Done::Sysret => Ended::Sysret,
            Done::Plain | Done::SsLoad | Done::Lss | Done::Rsm | Done::Entry => Ended::Other,
        }
    }
}

impl Core<'_> {
    /// Completes an instruction: its shadow, RF, its trap, the counter.
    pub(super) fn retire(&mut self, before: &Regs, done: Done) {
        if matches!(done, Done::Rsm | Done::Entry) {
            return;
        }
        let shadow = self.cast_shadow(before, done);

        let ended = done.ended();
        let cpu = &mut *self.cpu;
        let traps = cpu.rules.single_steps(ended, before.flag(TF), cpu.regs.flag(TF));
        if !cpu.rules.resume_flag_stays(ended) {
            cpu.regs.set_flag(RF, false);
        }
        self.cpu.regs.between_iterations = done == Done::Iteration;
        self.trap(traps, shadow);

        if done == Done::Iteration {
            return;
        }
        let cpu = &mut *self.cpu;
        if done != Done::Iret && cpu.rules.instruction_unblocks(ended) {
            cpu.nmi.blocked = false;
        }
        cpu.retired = cpu.retired.wrapping_add(1);
        let counts = !cpu.in_l2() || cpu.rules.counter_counts_in_l2();
        if counts && cpu.pmu.retire(cpu.vendor, before.cpl) {
            self.counter_overflows();
        }
    }

    /// The interrupt shadow after the instruction: one that it begins, or the rest of a longer one. Returns the former.
    fn cast_shadow(&mut self, before: &Regs, done: Done) -> Shadow {
        let Core { cpu, choices, .. } = self;
        if done == Done::Iteration {
            cpu.regs.shadow = choices.choose(cpu.rules.shadow_after_iteration(before.shadow), Shadow::None);
            return Shadow::None;
        }
        let cast = match done {
            Done::Sti => choices.choose(cpu.rules.after_sti(cpu.vendor, before.flag(IF), before.shadow), Shadow::None),
            Done::SsLoad => choices.choose(cpu.rules.after_ss_load(before.shadow), Shadow::None),
            Done::Lss => choices.choose(cpu.rules.after_lss(cpu.vendor), Shadow::None),
            Done::Interrupt if cpu.rules.shadow_outlives_software_interrupt(before.shadow) => before.shadow,
            _ => Shadow::None,
        };
        (cpu.regs.shadow, cpu.regs.shadow_left) = match (cast, before.shadow_left) {
            (Shadow::None, 2..) => (before.shadow, before.shadow_left - 1),
            (Shadow::None, _) => (Shadow::None, 0),
            (cast, _) => (cast, cpu.rules.shadow_length(cast)),
        };
        cast
    }

    /// The debug trap after the instruction, for its single step, if it has one, and the data breakpoints that it hit.
    fn trap(&mut self, single_step: bool, shadow: Shadow) {
        let Core { cpu, choices, .. } = self;
        cpu.trap = false;
        if cpu.watched != 0 {
            match choices.choose(cpu.rules.data_breakpoint_in_shadow(cpu.vendor, shadow), Breakpoint::AtOnce) {
                Breakpoint::AtOnce => cpu.trap = true,
                Breakpoint::Later => {}
                Breakpoint::Lost => cpu.watched = 0,
            }
        }
        if single_step && !choices.choose(cpu.rules.shadow_puts_single_step_off(cpu.vendor, shadow), false) {
            cpu.trap = true;
            cpu.watched |= DR6_BS;
        }
    }
}
