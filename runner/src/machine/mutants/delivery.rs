//! Mistakes in what the delivery of an NMI saves, clears and switches.

use std::cell::Cell;

use spec::boundary::nmi_is_taken;
use spec::context::Boundary;
use spec::delivery::{
    Source, Stack, Through, aligns_stack, delivery_stack, flags_cleared, nulls_stack_segment, resume_flag_saved,
};
use spec::{Allowed, Nmi, Vendor};
use x86::flags::{IF, NT, RF, TF};
use x86::vector::GP;

/// Bytes of one of the guests' stacks.
const STACK: u64 = 0x800;

super::mutants! {
    NmiPushesErrorCode, "nmi-pushes-error-code" breaks ["delivery.no-error-code"] on BOTH:
        "delivery of an NMI pushes an error code" {
        fn nmi_error_code(&self) -> Option<u32> {
            Some(0)
        }
    }

    HandlerKeepsIf, "handler-keeps-if" breaks ["delivery.interrupt-gate-clears-if"] on BOTH:
        "delivery of an NMI through an interrupt gate leaves RFLAGS.IF set" {
        fn flags_cleared(&self, nmi: bool, through: Through) -> u64 {
            flags_cleared(through) & if nmi { !IF } else { !0 }
        }
    }

    HandlerKeepsTf, "handler-keeps-tf" breaks ["delivery.entry-clears-tf"] on BOTH:
        "delivery of an NMI leaves RFLAGS.TF set" {
        fn flags_cleared(&self, nmi: bool, through: Through) -> u64 {
            flags_cleared(through) & if nmi { !TF } else { !0 }
        }
    }

    HandlerKeepsNt, "handler-keeps-nt" breaks ["delivery.entry-clears-nt"] on BOTH:
        "delivery of an NMI leaves RFLAGS.NT set" {
        fn flags_cleared(&self, nmi: bool, through: Through) -> u64 {
            flags_cleared(through) & if nmi { !NT } else { !0 }
        }
    }

    TrapGateClearsIf, "trap-gate-clears-if" breaks ["delivery.trap-gate-keeps-if"] on BOTH:
        "delivery of an NMI through a trap gate clears RFLAGS.IF" {
        fn flags_cleared(&self, nmi: bool, through: Through) -> u64 {
            flags_cleared(through) | if nmi { IF } else { 0 }
        }
    }

    WindowStepLeaksTf(waited: Cell<bool>), "window-step-leaks-tf" breaks ["delivery.flags-restored"] on BOTH:
        "the saved RFLAGS of an NMI that had to wait has TF set" {
        fn nmi_is_taken(&self, nmi: &Nmi, _: &Boundary, shadow_blocks: bool) -> bool {
            self.waited.set(self.waited.get() || nmi.pending > 0 && shadow_blocks);
            nmi_is_taken(nmi, shadow_blocks)
        }

        fn flags_saved(&self, source: Source, rflags: u64) -> u64 {
            if source == Source::Nmi && self.waited.take() { rflags | TF } else { rflags }
        }
    }

    FaultSavesRfClear, "fault-saves-rf-clear" breaks ["exception.fault-saves-rf-set"] on BOTH:
        "a fault saves RFLAGS.RF as it is" {
        fn resume_flag_saved(&self, vendor: Vendor, source: Source, vector: u8, set: bool, repeats: bool) -> Allowed<bool> {
            if source == Source::Fault {
                Allowed::only(set)
            } else {
                resume_flag_saved(vendor, source, vector, set, repeats)
            }
        }
    }

    BreakpointSavesRfSet, "breakpoint-saves-rf-set" breaks ["exception.breakpoint-saves-rf-clear"] on BOTH:
        "the fault of an instruction breakpoint saves RFLAGS.RF set, like any other fault" {
        fn resume_flag_saved(&self, vendor: Vendor, source: Source, _: u8, set: bool, repeats: bool) -> Allowed<bool> {
            resume_flag_saved(vendor, source, GP, set, repeats)
        }
    }

    SavedFlagsLoseIf, "saved-flags-lose-if" breaks ["delivery.flags-restored"] on BOTH:
        "the saved RFLAGS of an NMI has IF clear" {
        fn flags_saved(&self, source: Source, rflags: u64) -> u64 {
            if source == Source::Nmi { rflags & !IF } else { rflags }
        }
    }

    IstIgnored, "ist-ignored" breaks ["delivery.interrupt-stack-table"] on BOTH:
        "delivery of an NMI ignores the gate's interrupt stack table index" {
        fn delivery_stack(&self, nmi: bool, index: u8, level_changes: bool) -> Stack {
            delivery_stack(if nmi { 0 } else { index }, level_changes)
        }
    }

    Rsp0Ignored, "rsp0-ignored" breaks ["delivery.ring-zero-stack"] on BOTH:
        "delivery of an NMI from CPL 3 stays on the interrupted stack" {
        fn delivery_stack(&self, nmi: bool, index: u8, level_changes: bool) -> Stack {
            delivery_stack(index, level_changes && !nmi)
        }
    }

    StackNotAligned, "stack-not-aligned" breaks ["delivery.long-mode-frame"] on BOTH:
        "long-mode delivery of an NMI does not align the stack" {
        fn aligns_stack(&self, vendor: Vendor, nmi: bool, from_table: bool) -> Allowed<bool> {
            if nmi { Allowed::NO } else { aligns_stack(vendor, from_table) }
        }
    }

    TablePointerNotAligned, "table-pointer-not-aligned" breaks ["delivery.table-pointer-is-aligned"] on INTEL:
        "a stack pointer from the task-state segment is not aligned" {
        fn aligns_stack(&self, vendor: Vendor, _: bool, from_table: bool) -> Allowed<bool> {
            if from_table { Allowed::NO } else { aligns_stack(vendor, from_table) }
        }
    }

    NmiSavesRf, "nmi-saves-rf" breaks ["delivery.resume-flag"] on BOTH: "an NMI saves RFLAGS.RF set" {
        fn flags_saved(&self, source: Source, rflags: u64) -> u64 {
            if source == Source::Nmi { rflags | RF } else { rflags }
        }
    }

    IterationSavesRfClear, "iteration-saves-rf-clear" breaks ["delivery.resume-flag-between-iterations"] on INTEL:
        "an NMI between iterations of a repeated string instruction saves RF clear" {
        fn resume_flag_saved(&self, vendor: Vendor, source: Source, vector: u8, set: bool, repeats: bool) -> Allowed<bool> {
            resume_flag_saved(vendor, source, vector, set, repeats && source != Source::Nmi)
        }
    }

    IstNullsSs, "ist-nulls-ss" breaks ["delivery.stack-segment-without-a-change"] on AMD:
        "delivery of an NMI on an interrupt stack nulls SS from whatever privilege level" {
        fn nulls_stack_segment(&self, vendor: Vendor, nmi: bool, level_changes: bool, interrupt_stack: bool) -> Allowed<bool> {
            if nmi && interrupt_stack {
                Allowed::YES
            } else {
                nulls_stack_segment(vendor, level_changes, interrupt_stack)
            }
        }
    }

    IstGoesOnBelow, "ist-goes-on-below" breaks ["delivery.interrupt-stack-from-the-top"] on BOTH:
        "an event on the interrupt stack in use goes on below the frame that is there" {
        fn interrupt_stack_start(&self, top: u64, current: u64) -> u64 {
            if top.wrapping_sub(current) <= STACK { current } else { top }
        }
    }

    RepNotInterruptible, "rep-not-interruptible" breaks ["delivery.between-iterations"] on BOTH:
        "a repeated string instruction runs to its end before an NMI" {
        fn repetition_is_interruptible(&self) -> bool {
            false
        }
    }
}
