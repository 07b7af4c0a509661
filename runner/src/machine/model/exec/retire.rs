use x86::debug::DR6_BS;
use x86::flags::{IF, RF, TF};

use super::super::cpu::{Core, Regs};
use super::super::rules::Retired;
use crate::terms::Shadow;

/// How an instruction ended, where that matters at the boundary after it.
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
    /// One iteration of a repeated string instruction that is not the last.
    Iteration,
    /// RSM.
    Rsm,
}

impl Core<'_> {
    /// The instruction is complete: its shadow, its trap, RF, the counter.
    pub(super) fn retire(&mut self, before: &Regs, done: Done) {
        if done == Done::Rsm {
            return;
        }
        let shadow = match done {
            Done::Sti => self.rules.after_sti(before.flag(IF), before.shadow),
            Done::SsLoad => self.rules.after_ss_load(before.shadow),
            _ => Shadow::None,
        };
        self.rules.shadow_ends(&mut self.cpu.nmi, before.shadow, shadow, done == Done::Interrupt);
        self.cpu.regs.shadow = shadow;

        // RF lasts for one instruction; an IRET may just have loaded it.
        // Intel SDM vol. 3, section 17.3.1.1 "Instruction-Breakpoint Exception Condition".
        match done {
            Done::Iret => {}
            Done::Iteration => self.cpu.regs.set_flag(RF, self.rules.repeats_set_rf()),
            _ => self.cpu.regs.set_flag(RF, false),
        }

        // The trap belongs to the TF the instruction began with; INT n clears TF and has none.
        // Intel SDM vol. 3, section 17.3.1.4 "Single-Step Exception Condition".
        let traps = match done {
            Done::Interrupt => false,
            Done::Syscall => self.cpu.regs.flag(TF),
            _ => before.flag(TF),
        };
        // A load of SS loses its own single step and puts its data breakpoints off.
        if !self.rules.shadow_drops_trap(shadow) {
            self.cpu.watched |= if traps { DR6_BS } else { 0 };
            self.cpu.trap = self.cpu.watched != 0;
        } else if !self.rules.shadow_keeps_breakpoints() {
            self.cpu.watched = 0;
        }

        if done == Done::Iteration {
            return;
        }
        let retired = match done {
            Done::Sti => Retired::Sti,
            Done::Popf => Retired::Popf,
            Done::Ret => Retired::Ret,
            Done::FarJmp => Retired::FarJmp,
            Done::Sysret => Retired::Sysret,
            _ => Retired::Other,
        };
        self.rules.instruction_retires(&mut self.cpu.nmi, retired);
        self.cpu.retired = self.cpu.retired.wrapping_add(1);
        if self.cpu.pmu.retire(self.rules.vendor, before.cpl) {
            self.counter_overflows();
        }
    }
}
