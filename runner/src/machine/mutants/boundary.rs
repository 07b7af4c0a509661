use spec::boundary::{Ended, EventClass, interrupt_is_taken, nmi_is_taken, single_steps};
use spec::context::Boundary;
use spec::{Nmi, Shadow};

super::mutants! {
    IfMasksNmi, "if-masks-nmi" breaks ["delivery.if-irrelevant", "interrupt.flag-does-not-hold-nmi"] on BOTH:
        "NMIs wait while RFLAGS.IF is clear" {
        fn nmi_is_taken(&self, nmi: &Nmi, at: &Boundary, shadow_blocks: bool) -> bool {
            at.interrupts_enabled && nmi_is_taken(nmi, shadow_blocks)
        }
    }

    NmiBeforeDbTrap, "nmi-before-db-trap" breaks ["priority.trap-before-nmi"] on BOTH:
        "an NMI goes before the single-step trap of the previous instruction" {
        fn priorities(&self) -> [EventClass; 4] {
            [EventClass::Smi, EventClass::Nmi, EventClass::Trap, EventClass::Interrupt]
        }
    }

    DbTrapLost, "db-trap-lost" breaks ["priority.trap-before-nmi"] on BOTH:
        "an NMI drops the single-step trap of the previous instruction" {
        fn nmi_leaves_the_trap(&self) -> bool {
            false
        }
    }

    IrqBeforeNmi, "irq-before-nmi" breaks ["priority.nmi-before-interrupt"] on BOTH:
        "an external interrupt goes before an NMI" {
        fn priorities(&self) -> [EventClass; 4] {
            [EventClass::Smi, EventClass::Trap, EventClass::Interrupt, EventClass::Nmi]
        }
    }

    IrqBlockedWithNmi, "irq-blocked-with-nmi" breaks ["interrupt.not-held-by-held-nmi"] on BOTH:
        "while a blocked NMI waits, external interrupts wait too" {
        fn interrupt_is_taken(&self, nmi: &Nmi, interrupts_enabled: bool, shadow: Shadow) -> bool {
            nmi.pending == 0 && interrupt_is_taken(interrupts_enabled, shadow)
        }
    }

    IrqIgnoresShadow, "irq-ignores-shadow" breaks ["shadow.repeated-instruction"] on BOTH:
        "an external interrupt is taken right after STI" {
        fn interrupt_is_taken(&self, _: &Nmi, interrupts_enabled: bool, _: Shadow) -> bool {
            interrupts_enabled
        }
    }

    NmiBeforeSmi, "nmi-before-smi" breaks ["smm.smi-before-nmi"] on BOTH: "an NMI goes before an SMI" {
        fn priorities(&self) -> [EventClass; 4] {
            [EventClass::Trap, EventClass::Nmi, EventClass::Smi, EventClass::Interrupt]
        }
    }

    InstructionNeverStepped, "instruction-never-stepped" breaks ["priority.trap-before-nmi"] on BOTH:
        "no instruction ends with a single-step trap" {
        fn single_steps(&self, _: Ended, _: bool, _: bool) -> bool {
            false
        }
    }

    InterruptInstructionStepped, "interrupt-instruction-stepped" breaks ["delivery.entry-clears-tf"] on BOTH:
        "INT n with RFLAGS.TF set traps at the first instruction of its handler" {
        fn single_steps(&self, instruction: Ended, before: bool, after: bool) -> bool {
            if instruction == Ended::SoftwareInterrupt { before } else { single_steps(instruction, before, after) }
        }
    }

    ResumeFlagStays, "resume-flag-stays" breaks ["delivery.resume-flag"] on BOTH:
        "RF stays set when an instruction ends" {
        fn resume_flag_stays(&self, _: Ended) -> bool {
            true
        }
    }

    ResumeFlagHidesNoBreakpoint, "resume-flag-hides-no-breakpoint" breaks ["delivery.resume-flag"] on BOTH:
        "an instruction breakpoint hits although RF is set" {
        fn instruction_breakpoint_is_ignored(&self, _: bool, between_iterations: bool) -> bool {
            between_iterations
        }
    }

    IretDropsResumeFlag, "iret-drops-resume-flag" breaks ["delivery.resume-flag"] on BOTH:
        "IRET clears the RF that it loaded" {
        fn resume_flag_stays(&self, instruction: Ended) -> bool {
            instruction == Ended::Iteration
        }
    }
}
