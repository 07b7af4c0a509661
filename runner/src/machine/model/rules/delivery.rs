//! What an NMI's handler finds.

use x86::flags::{IF, NT, RF, TF};

use super::super::Mutant;
use super::{Nmi, Rules};

/// Bytes of one of the guests' stacks.
const STACK: u64 = 0x800;

impl Rules {
    /// The error code an NMI pushes: none.
    /// Intel SDM vol. 3, Table 6-1 "Protected-Mode Exceptions and Interrupts"; AMD APM vol. 2, section 8.2.3
    /// "NMI-Non-Maskable-Interrupt Exception (Vector 2)".
    pub(crate) fn nmi_error_code(self) -> Option<u32> {
        self.is(Mutant::NmiPushesErrorCode).then_some(0)
    }

    /// The flags that delivery through a gate clears: TF, NT and, through an interrupt gate, IF (RF and VM besides).
    /// Intel SDM vol. 3, section 6.12.1.2 "Flag Usage By Exception- or Interrupt-Handler Procedure"; AMD APM vol. 2,
    /// sections 8.6 "Real-Mode Interrupt Control Transfers", 8.7.2 "Interrupt To Same Privilege" and 8.9.3 "Interrupt Stack
    /// Frame".
    pub(crate) fn flags_cleared(self, nmi: bool, interrupt_gate: bool) -> u64 {
        let plain = TF | NT | if interrupt_gate { IF } else { 0 };
        match self.mutant {
            Some(Mutant::HandlerKeepsIf) if nmi => plain & !IF,
            Some(Mutant::HandlerKeepsTf) if nmi => plain & !TF,
            Some(Mutant::HandlerKeepsNt) if nmi => plain & !NT,
            Some(Mutant::TrapGateClearsIf) if nmi => plain | IF,
            _ => plain,
        }
    }

    /// The RFLAGS an NMI saves: those at the boundary.
    /// Intel SDM vol. 3, section 17.3.1.1 "Instruction-Breakpoint Exception Condition" (RF); AMD APM vol. 2,
    /// section 8.7.2 "Interrupt To Same Privilege" and section 8.9.3 "Interrupt Stack Frame".
    pub(crate) fn nmi_saved_flags(self, nmi: &mut Nmi, rflags: u64) -> u64 {
        let waited = std::mem::take(&mut nmi.memory.waited);
        match self.mutant {
            Some(Mutant::WindowStepLeaksTf) if waited => rflags | TF,
            Some(Mutant::SavedFlagsLoseIf) => rflags & !IF,
            Some(Mutant::NmiSavesRf) => rflags | RF,
            _ => rflags,
        }
    }

    /// The interrupt stack table index that is used: the gate's.
    /// Intel SDM vol. 3, section 6.14.5 "Interrupt Stack Table"; AMD APM vol. 2, section 8.9.4 "Interrupt-Stack Table".
    pub(crate) fn stack_table_index(self, nmi: bool, gate: u8) -> u8 {
        if nmi && self.is(Mutant::IstIgnored) { 0 } else { gate }
    }

    /// Whether a change of privilege switches to the stack of the task-state segment: it does.
    /// Intel SDM vol. 3, section 6.12.1 "Exception- or Interrupt-Handler Procedures"; AMD APM vol. 2, section 8.7.3
    /// "Interrupt To Higher Privilege" and section 8.9.3 "Interrupt Stack Frame".
    pub(crate) fn switches_stack(self, nmi: bool) -> bool {
        !(nmi && self.is(Mutant::Rsp0Ignored))
    }

    /// Whether long mode aligns the new stack pointer to 16 bytes: it does, also one that comes from the task-state
    /// segment. (AMD's list of steps has the alignment before that pointer is loaded; its text has it before the pushes.)
    /// Intel SDM vol. 3, section 6.14.2 "64-Bit Mode Stack Frame"; AMD APM vol. 2, section 8.9.3.
    pub(crate) fn aligns_stack(self, nmi: bool, from_table: bool) -> bool {
        match self.mutant {
            Some(Mutant::StackNotAligned) => !nmi,
            Some(Mutant::TablePointerNotAligned) => !from_table,
            _ => true,
        }
    }

    /// Whether delivery nulls SS: if the privilege level changes. (Intel's section 6.14.5 says it of every interrupt.)
    /// AMD APM vol. 2, section 8.9.4 "Interrupt-Stack Table"; Intel SDM vol. 3, section 6.14, and vol. 2, "INT n".
    pub(crate) fn nulls_stack_segment(self, nmi: bool, changes: bool, interrupt_stack: bool) -> bool {
        changes || nmi && interrupt_stack && self.is(Mutant::IstNullsSs)
    }

    /// Where delivery on an interrupt stack starts: at its top, `top`, also if `pointer` is on that stack already.
    /// AMD APM vol. 2, section 8.9.4 "Interrupt-Stack Table"; Intel SDM vol. 3, section 6.14.5 "Interrupt Stack Table".
    pub(crate) fn interrupt_stack_start(self, top: u64, pointer: u64) -> u64 {
        let in_use = top.wrapping_sub(pointer) <= STACK;
        if in_use && self.is(Mutant::IstGoesOnBelow) { pointer } else { top }
    }

    /// Whether the gate must be of a type that the mode has: an interrupt or trap gate, in long mode a 64-bit one, or
    /// outside long mode a task gate.
    /// Intel SDM vol. 2, "INT n/INTO/INT 3"; AMD APM vol. 2, sections 8.7 and 8.9.1 "Interrupt Gates and Trap Gates".
    pub(crate) fn checks_gate_type(self, nmi: bool) -> bool {
        !(nmi && self.is(Mutant::GateTypeUnchecked))
    }

    /// Whether the gate of long mode must lead to a canonical address in a 64-bit code segment: it must.
    /// Intel SDM vol. 3, section 6.14.1 "64-Bit Mode IDT"; AMD APM vol. 2, section 8.2.14, Table 8-6.
    pub(crate) fn checks_gate_target(self, nmi: bool) -> bool {
        !(nmi && self.is(Mutant::GateTargetUnchecked))
    }

    /// Whether the gate's DPL binds: for INT n, INT3 and INTO. (AMD's section 8.7.4 does not except other events.)
    /// Intel SDM vol. 3, section 6.12.1.1 "Protection of Exception- and Interrupt-Handler Procedures".
    pub(crate) fn checks_gate_privilege(self, software: bool, nmi: bool) -> bool {
        software || nmi && self.is(Mutant::GateDplChecked)
    }

    /// EXT in the error code of a fault during delivery: set, because the NMI is external to the program.
    /// Intel SDM vol. 3, section 6.13 "Error Code"; AMD APM vol. 2, section 8.4.1 "Selector-Error Code".
    pub(crate) fn external_bit(self, nmi: bool) -> u32 {
        u32::from(!(nmi && self.is(Mutant::FaultInDeliveryLosesExt)))
    }

    /// Whether a fault while an NMI is delivered makes a double fault: no, an NMI is benign.
    /// Intel SDM vol. 3, Table 6-4 "Interrupt and Exception Classes"; AMD APM vol. 2, section 8.2.9
    /// "#DF-Double-Fault Exception (Vector 8)".
    pub(crate) fn nmi_is_contributory(self) -> bool {
        self.is(Mutant::FaultInDeliveryIsDoubleFault)
    }

    /// Whether a repeated string instruction can be interrupted between iterations: it can.
    /// Intel SDM vol. 2, "REP/REPE/REPZ/REPNE/REPNZ - Repeat String Operation Prefix"; AMD APM vol. 2,
    /// section 13.1.3.2 "Data Breakpoints" and section 3.1.6 "RFLAGS Register".
    pub(crate) fn repeats_are_interruptible(self) -> bool {
        !self.is(Mutant::RepNotInterruptible)
    }

    /// Whether an NMI between two iterations saves RF set: on Intel it does, on AMD normally.
    /// Intel SDM vol. 3, section 17.3.1.1 "Instruction-Breakpoint Exception Condition"; AMD APM vol. 2, sections 8.2.2
    /// "#DB-Debug Exception (Vector 1)" and 3.1.6 "RFLAGS Register" (normally).
    pub(crate) fn repeats_set_rf(self) -> bool {
        !self.is(Mutant::IterationSavesRfClear)
    }
}
