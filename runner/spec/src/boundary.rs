//! What is taken first at one instruction boundary.

use crate::{Nmi, Shadow};

/// What can be taken at a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventClass {
    /// A system-management interrupt.
    Smi,
    /// #DB: a single step or a data breakpoint of the previous instruction.
    Trap,
    /// A nonmaskable interrupt.
    Nmi,
    /// An external interrupt.
    Interrupt,
}

/// `priority.trap-before-nmi`, `priority.data-breakpoint-before-nmi`, `priority.nmi-before-interrupt`,
/// `priority.nmi-before-instruction-breakpoint`, `priority.nmi-before-fault`, `smm.smi-before-nmi`, `smm.smi-is-latched`
///
/// The order in which events of one boundary are taken. What the next instruction raises (an instruction breakpoint, a fault of
/// its fetch, decoding or execution) comes after all of them.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.1 "System-Management Interrupt (SMI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.2 "System Management Interrupt (SMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.3.1 "Entering SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn priorities() -> [EventClass; 4] {
    [EventClass::Smi, EventClass::Trap, EventClass::Nmi, EventClass::Interrupt]
}

/// An instruction that ended, as far as it matters which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// INT n, INT3, INTO or INT1, which entered its handler.
    SoftwareInterrupt,
    /// SYSCALL.
    Syscall,
    /// IRET.
    Iret,
    /// One iteration of a repeated string instruction that is not the last.
    Iteration,
    /// STI.
    Sti,
    /// POPF.
    Popf,
    /// RET, near or far.
    Ret,
    /// A far JMP.
    FarJmp,
    /// SYSRET.
    Sysret,
    /// Any other.
    Other,
}

/// `priority.trap-before-nmi`, `delivery.entry-clears-tf`
///
/// Whether an instruction single-steps: if TF was set when it began, except for INT n, which clears TF as it enters its handler.
/// SYSCALL does if its mask leaves TF set. `before`, `after`: TF before and after the instruction.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.6 "Real-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 20.1.4 "Interrupt and Exception Handling"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1.2 "Flag Usage By Exception- or Interrupt-Handler Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn single_steps(instruction: Ended, before: bool, after: bool) -> bool {
    match instruction {
        Ended::SoftwareInterrupt => false,
        Ended::Syscall => after,
        _ => before,
    }
}

/// `delivery.resume-flag`
///
/// Whether RF stays as it is when an instruction ends: RF lasts for one instruction, all its iterations included, and IRET leaves the one
/// that it loaded.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.1 "Instruction-Breakpoint Exception Condition"
pub fn resume_flag_stays(instruction: Ended) -> bool {
    matches!(instruction, Ended::Iret | Ended::Iteration)
}

/// `delivery.resume-flag`, `delivery.between-iterations`
///
/// Whether an instruction breakpoint on the next instruction is ignored: while RF is set, and at a repeated string instruction that
/// goes on with its next iteration, at which an interruption saves RF set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.3.2 "Data Breakpoints"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "REP/REPE/REPZ/REPNE/REPNZ-Repeat String Operation Prefix"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.1 "Instruction-Breakpoint Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.6 "Program or Task Restart"
pub fn instruction_breakpoint_is_ignored(resume_flag: bool, between_iterations: bool) -> bool {
    resume_flag || between_iterations
}

/// `delivery.at-boundary`, `delivery.if-irrelevant`, `interrupt.flag-does-not-hold-nmi`
///
/// An NMI that is held is taken at the next boundary, whatever RFLAGS.IF says, if NMIs are not blocked and no shadow blocks it.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference: Interrupt 2-NMI Interrupt"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.6 "Program or Task Restart"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.1 "Masking Maskable Hardware Interrupts"
pub fn nmi_is_taken(nmi: &Nmi, shadow_blocks: bool) -> bool {
    nmi.pending > 0 && !nmi.blocked && !shadow_blocks
}

/// `block.interrupts-are-served`, `interrupt.not-held-by-held-nmi`, `interrupt.waits-in-nmi-handler`
///
/// An external interrupt is taken if RFLAGS.IF is set and no shadow holds it back, also while NMIs are blocked and one is held.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "HLT-Halt"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.1 "Masking Maskable Hardware Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn interrupt_is_taken(interrupts_enabled: bool, shadow: Shadow) -> bool {
    interrupts_enabled && shadow == Shadow::None
}

/// `priority.trap-before-nmi`
///
/// An NMI that is pending at the same boundary does not discard a pending trap.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn nmi_leaves_the_trap() -> bool {
    true
}
