//! What the handler of an NMI finds: the frame, the flags and the stack.

use x86::flags::{AC, IF, NT, RF, TF, VM};
use x86::vector::DB;

use crate::{Allowed, Vendor};

/// `delivery.vector-two`
///
/// An NMI runs the handler of vector 2.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
pub fn nmi_vector() -> u8 {
    x86::vector::NMI
}

/// `delivery.no-error-code`
///
/// An NMI pushes no error code.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference: Interrupt 2-NMI Interrupt"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.3.1 "External Interrupts"
pub fn nmi_error_code() -> Option<u32> {
    None
}

/// What raised an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A nonmaskable interrupt.
    Nmi,
    /// An external interrupt.
    External,
    /// An exception of the fault class.
    Fault,
    /// An exception of the trap class.
    Trap,
    /// INT n, INT3 or INTO.
    Software,
    /// INT1.
    Int1,
}

/// Through what an event is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// An entry of real mode's vector table.
    VectorTable,
    /// An interrupt gate.
    InterruptGate,
    /// A trap gate.
    TrapGate,
}

/// `delivery.interrupt-gate-clears-if`, `delivery.trap-gate-keeps-if`, `delivery.entry-clears-tf`, `delivery.entry-clears-nt`
///
/// The flags that delivery clears once it has saved them: TF and RF, NT and VM through a gate, IF except through a trap gate, and AC in
/// real mode.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.6 "Real-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.3 "Interrupt To Higher Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 20.1.4 "Interrupt and Exception Handling"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1.2 "Flag Usage By Exception- or Interrupt-Handler Procedure"
pub fn flags_cleared(through: Through) -> u64 {
    match through {
        Through::VectorTable => TF | RF | IF | AC,
        Through::InterruptGate => TF | RF | NT | VM | IF,
        Through::TrapGate => TF | RF | NT | VM,
    }
}

/// `delivery.flags-restored`, `delivery.resume-flag`
///
/// An event saves RFLAGS as it is at the boundary, with RF as [`resume_flag_saved`] has it, and the handler's IRET restores what was
/// saved.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.6 "Real-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.5 "Returning From Interrupt Procedures"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.5 "Returning From Interrupt Procedures"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "IRET/IRETD/IRETQ-Return from Interrupt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "IRET/IRETD-Interrupt Return"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.1 "Instruction-Breakpoint Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1 "Exception- or Interrupt-Handler Procedures"
pub fn flags_saved(rflags: u64) -> u64 {
    rflags
}

/// `delivery.resume-flag`, `delivery.resume-flag-between-iterations`, `delivery.resume-flag-between-iterations-amd`,
/// `exception.fault-saves-rf-set`, `exception.breakpoint-saves-rf-clear`, `exception.software-interrupt-saves-rf-clear`,
/// `exception.software-interrupt-rf-amd`
///
/// Whether an event saves RF set: a fault does, but not that of an instruction breakpoint, and an interrupt or trap does between two
/// iterations; another one saves RF as it is, and INT n, INT3, INTO and INT1 save it clear. On AMD's processors the last is open, and
/// every exception and an interrupted string instruction "normally" set RF. `set`: RF at the boundary;
/// `repeats`: that is between two iterations.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.1 "Instruction-Breakpoint Exception Condition"
pub fn resume_flag_saved(vendor: Vendor, source: Source, vector: u8, set: bool, repeats: bool) -> Allowed<bool> {
    match (source, vendor) {
        (Source::Fault, _) => Allowed::only(vector != DB),
        (Source::Software | Source::Int1, Vendor::Amd) if set => Allowed::MAY,
        (Source::Software | Source::Int1, _) => Allowed::NO,
        _ if set => Allowed::YES,
        (Source::Trap, Vendor::Amd) => Allowed::MAY,
        (_, Vendor::Amd) if repeats => Allowed::MAY,
        _ => Allowed::only(repeats),
    }
}

/// `exception.software-interrupt-enters-once`
///
/// INT n, INT3 and INTO enter their handler once, and save the address of the instruction after them.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.4 "#BP-Breakpoint Exception (Vector 3)"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1 "Vectored-Event Injection"
pub fn software_interrupt_saved_rip(next: u64) -> u64 {
    next
}

/// `delivery.long-mode-frame`, `delivery.ring-zero-stack`, `delivery.registers-untouched`
///
/// Whether the frame holds SS and the stack pointer: always in long mode, else if the privilege level changes. Beside the frame
/// delivery changes CS, the instruction pointer, RFLAGS and, for another stack, SS and the stack pointer.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.3 "Interrupt To Higher Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.5 "Returning From Interrupt Procedures"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.5 "Returning From Interrupt Procedures"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1 "Exception- or Interrupt-Handler Procedures"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.2 "64-Bit Mode Stack Frame"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.4 "Stack Switching in IA-32e Mode"
pub fn frame_holds_the_stack(long: bool, level_changes: bool) -> bool {
    long || level_changes
}

/// On which stack an event is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// The interrupted program's.
    Current,
    /// That of the task-state segment for the new privilege level.
    Inner,
    /// That of the interrupt stack table with this index, 1 to 7.
    InterruptStack(u8),
}

/// `delivery.same-privilege-stack`, `delivery.ring-zero-stack`, `delivery.interrupt-stack-table`, `delivery.syscall-target`
///
/// The stack on which an event is delivered: the interrupt stack that its gate names, else another one only if the privilege
/// level changes (as SYSCALL has already done when an NMI comes at its target). `index`: the gate's, 0 outside long mode.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 6.1.3 "SWAPGS Instruction"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.2 "Interrupt To Same Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.3 "Interrupt To Higher Privilege"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.4 "Interrupt-Stack Table"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "SYSCALL-Fast System Call"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "SYSCALL-Fast System Call"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1 "Exception- or Interrupt-Handler Procedures"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.4 "Stack Switching in IA-32e Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.5 "Interrupt Stack Table"
pub fn delivery_stack(index: u8, level_changes: bool) -> Stack {
    match (index, level_changes) {
        (0, false) => Stack::Current,
        (0, true) => Stack::Inner,
        (index, _) => Stack::InterruptStack(index),
    }
}

/// `delivery.interrupt-stack-from-the-top`, `delivery.interrupt-stack-table`
///
/// Delivery on an interrupt stack starts at its top, also if that stack is in use. `top`: the pointer in the table.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.4 "Interrupt-Stack Table"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.5 "Interrupt Stack Table"
pub fn interrupt_stack_start(top: u64) -> u64 {
    top
}

/// `delivery.long-mode-frame`, `delivery.table-pointer-is-aligned`, `delivery.table-pointer-alignment-amd`
///
/// Whether long mode aligns the stack pointer to 16 bytes before the frame is pushed. One that comes from the task-state
/// segment is aligned on Intel's processors; AMD's manual describes both.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.2 "64-Bit Mode Stack Frame"
pub fn aligns_stack(vendor: Vendor, from_table: bool) -> Allowed<bool> {
    match (vendor, from_table) {
        (Vendor::Amd, true) => Allowed::MAY,
        _ => Allowed::YES,
    }
}

/// `delivery.long-mode-null-ss`, `delivery.stack-segment-without-a-change`, `delivery.interrupt-stack-segment-intel`
///
/// Whether long mode loads SS with a null selector: if the privilege level changes. Without a change SS stays on AMD's
/// processors, also on an interrupt stack; for that Intel's manual says both.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9 "Long-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.3 "Interrupt Stack Frame"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.4 "Interrupt-Stack Table"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14 "Exception and Interrupt Handling in 64-Bit Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.4 "Stack Switching in IA-32e Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.5 "Interrupt Stack Table"
pub fn nulls_stack_segment(vendor: Vendor, level_changes: bool, interrupt_stack: bool) -> Allowed<bool> {
    match (vendor, level_changes, interrupt_stack) {
        (_, true, _) => Allowed::YES,
        (Vendor::Intel, false, true) => Allowed::MAY,
        _ => Allowed::NO,
    }
}

/// `delivery.between-iterations`
///
/// A repeated string instruction can be interrupted between two iterations.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.3.2 "Data Breakpoints"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.2 "#DB-Debug Exception (Vector 1)"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "REP/REPE/REPZ/REPNE/REPNZ-Repeat String Operation Prefix"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.1 "Instruction-Breakpoint Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.6 "Program or Task Restart"
pub fn repetition_is_interruptible() -> bool {
    true
}
