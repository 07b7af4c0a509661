//! The interrupt shadows of STI and of loads of SS.

use crate::{Allowed, Shadow, Vendor};

/// `shadow.sti-may-block`, `shadow.sti-cli`, `shadow.mov-ss-blocks-intel`, `shadow.mov-ss-amd`
///
/// Whether a shadow holds an NMI back: that of STI may. That of a load of SS by MOV or POP does on Intel's processors, and may on
/// AMD's, whose manual contradicts itself.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "MOV-Move"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "POP-Pop a Value from the Stack"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.4.2 "Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_blocks_nmis(vendor: Vendor, shadow: Shadow) -> Allowed<bool> {
    match (shadow, vendor) {
        (Shadow::None, _) => Allowed::NO,
        (Shadow::MovSs, Vendor::Intel) => Allowed::YES,
        (Shadow::Sti, _) | (Shadow::MovSs | Shadow::Either, _) => Allowed::MAY,
    }
}

/// `shadow.sti-only-when-it-sets-if`, `shadow.sti-run`, `shadow.mixed-run`
///
/// The shadow after STI: on Intel's processors there is one only if STI sets RFLAGS.IF, which AMD's manual gives as an example,
/// letting any STI have one. After another instruction that holds events back the manuals leave it open. `was_set`: RFLAGS.IF
/// before; `before`: the shadow in which the STI was executed.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 243191 rev. 002 vol. 2, 3.2 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 067 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.4.2 "Guest Non-Register State"
pub fn after_sti(vendor: Vendor, was_set: bool, before: Shadow) -> Allowed<Shadow> {
    const NONE: Allowed<Shadow> = Allowed::any_of(&[Shadow::None]);
    const STI: Allowed<Shadow> = Allowed::any_of(&[Shadow::Sti]);
    const EITHER: Allowed<Shadow> = Allowed::any_of(&[Shadow::None, Shadow::Sti]);
    match (vendor, was_set, before) {
        (_, false, Shadow::None) => STI,
        (Vendor::Intel, true, _) => NONE,
        (Vendor::Amd, true, _) | (_, false, _) => EITHER,
    }
}

/// `shadow.mov-ss-run`, `shadow.mixed-run`
///
/// The shadow after a load of SS by MOV or POP. Of a run of instructions that hold events back only the first is sure to have
/// one on Intel's processors; AMD's manual makes no difference between the first and the next.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "MOV-Move"
/// - Intel SDM 243191 rev. 002 vol. 2, 3.2 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "MOV-Move"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn after_ss_load(before: Shadow) -> Allowed<Shadow> {
    match before {
        Shadow::None => Allowed::any_of(&[Shadow::MovSs]),
        _ => Allowed::any_of(&[Shadow::None, Shadow::MovSs]),
    }
}

/// `shadow.lss`
///
/// The shadow after LSS, which loads SS and the stack pointer at once: none on Intel's processors. AMD's manual speaks of
/// loads of SS in general.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "LDS/LES/LFS/LGS/LSS-Load Far Pointer"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.4.2 "Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn after_lss(vendor: Vendor) -> Allowed<Shadow> {
    match vendor {
        Vendor::Intel => Allowed::any_of(&[Shadow::None]),
        Vendor::Amd => Allowed::any_of(&[Shadow::None, Shadow::MovSs]),
    }
}

/// `shadow.mov-ss-one-instruction`, `shadow.sti-may-block`, `shadow.ends-at-halt`
///
/// How many instructions a shadow covers: exactly one, also if that is HLT.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "HLT-Halt"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.4.2 "Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_length(shadow: Shadow) -> u8 {
    u8::from(shadow != Shadow::None)
}

/// `shadow.repeated-instruction`
///
/// The shadow after an iteration of a repeated string instruction that is not the last: it covers the instruction, but the
/// instruction can be interrupted between two iterations, and the manuals do not say which of the two goes first.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "REP/REPE/REPZ/REPNE/REPNZ-Repeat String Operation Prefix"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_after_iteration(before: Shadow) -> Allowed<Shadow> {
    match before {
        Shadow::None => Allowed::any_of(&[Shadow::None]),
        Shadow::Sti => Allowed::any_of(&[Shadow::None, Shadow::Sti]),
        Shadow::MovSs => Allowed::any_of(&[Shadow::None, Shadow::MovSs]),
        Shadow::Either => Allowed::any_of(&[Shadow::None, Shadow::Either]),
    }
}

/// `shadow.mov-ss-software-interrupt`, `shadow.mov-ss-one-instruction`
///
/// A software interrupt in a shadow ends it as it enters its handler.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_outlives_software_interrupt() -> bool {
    false
}

/// `shadow.sti-may-block`, `shadow.mov-ss-blocks-intel`, `shadow.mov-ss-amd`
///
/// An NMI that a shadow holds back stays pending, and is delivered when the shadow ends.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "MOV-Move"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "POP-Pop a Value from the Stack"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.4.2 "Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_keeps_nmis() -> bool {
    true
}

/// `shadow.mov-ss-delays-single-step`, `shadow.sti-traps`, `shadow.sti-traps-amd`
///
/// Whether a single-step trap of the instruction that casts the shadow is delayed until after the next instruction, and merged
/// with that instruction's own trap.
/// A load of SS puts it off; STI does not on Intel's processors, and may on AMD's.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.3 "Delivery of Pending Debug Exceptions after VM Entry"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn shadow_puts_single_step_off(vendor: Vendor, shadow: Shadow) -> Allowed<bool> {
    match (shadow, vendor) {
        (Shadow::MovSs, _) => Allowed::YES,
        (Shadow::Sti, Vendor::Amd) => Allowed::MAY,
        _ => Allowed::NO,
    }
}

/// When a data breakpoint is delivered that was hit by an instruction which casts a shadow, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakpoint {
    /// At the boundary after that instruction.
    AtOnce,
    /// After the next instruction.
    Later,
    /// Never.
    Lost,
}

/// `shadow.mov-ss-delays-breakpoints`, `shadow.mov-ss-breakpoints-intel`, `shadow.sti-traps-amd`, `shadow.sti-traps`
///
/// What becomes of a data breakpoint at a boundary with this shadow: that of a load of SS puts it off, and on Intel's processors it
/// may be lost. STI does not put it off on Intel's processors, and may on AMD's.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.3 "Delivery of Pending Debug Exceptions after VM Entry"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn data_breakpoint_in_shadow(vendor: Vendor, shadow: Shadow) -> Allowed<Breakpoint> {
    match (shadow, vendor) {
        (Shadow::MovSs, Vendor::Amd) => Allowed::any_of(&[Breakpoint::Later]),
        (Shadow::MovSs, Vendor::Intel) => Allowed::any_of(&[Breakpoint::Later, Breakpoint::Lost]),
        (Shadow::Sti | Shadow::Either, Vendor::Amd) => Allowed::any_of(&[Breakpoint::AtOnce, Breakpoint::Later]),
        _ => Allowed::any_of(&[Breakpoint::AtOnce]),
    }
}

/// `shadow.mov-ss-delays-breakpoints`, `shadow.mov-ss-blocks-intel`
///
/// Whether an instruction breakpoint on the instruction in the shadow is ignored: it is after a load of SS.
/// AMD's processors have one bit for both shadows; where only that is known, it may be.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "MOV-Move"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "POP-Pop a Value from the Stack"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.8.3 "Masking Exceptions and Interrupts When Switching Stacks"
pub fn shadow_hides_instruction_breakpoints(shadow: Shadow) -> Allowed<bool> {
    match shadow {
        Shadow::MovSs => Allowed::YES,
        Shadow::Either => Allowed::MAY,
        Shadow::None | Shadow::Sti => Allowed::NO,
    }
}
