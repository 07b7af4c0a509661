//! Guest hypervisors on AMD's processors: intercepts of exceptions and instructions, and what #VMEXIT saves.

use x86::svm::event_type;
use x86::vector::{BP, OF};

use crate::Shadow;
use crate::delivery::Source;

/// `svm.hlt-in-guest`
///
/// The RIP of an exit for HLT is that of the HLT. `hlt`: where it stands.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
pub fn rip_of_hlt_exit(hlt: u64) -> u64 {
    hlt
}

/// `svm.iret-intercept`
///
/// The intercept of IRET comes before anything of the IRET and before any exception that it would raise.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.1 "State Saved on Exit"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn iret_exits_first() -> bool {
    true
}

/// `svm.iret-intercept`
///
/// An IRET that exits does not unblock NMIs, neither physical nor virtual ones.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.1 "State Saved on Exit"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn intercepted_iret_unblocks() -> bool {
    false
}

/// `svm.exitintinfo`
///
/// EXITINTINFO is valid if the exit came while an event was being delivered through L2's IDT. `delivering`: one was. An exit
/// for the event itself comes before its delivery.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.3 "EXITINTINFO Pseudo-Code"
pub fn delivery_is_told(delivering: bool) -> bool {
    delivering
}

/// `svm.exitintinfo`
///
/// The type of an event in EXITINTINFO.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.3 "EXITINTINFO Pseudo-Code"
pub fn exitintinfo_type(source: Source, vector: u8) -> u8 {
    match (source, vector) {
        (Source::Nmi, _) => event_type::NMI,
        (Source::External, _) => event_type::INTR,
        (Source::Software, BP | OF) | (Source::Int1 | Source::Fault | Source::Trap, _) => event_type::EXCEPTION,
        (Source::Software, _) => event_type::SOFTWARE,
    }
}

/// `svm.shadow-saved`
///
/// Whether INTERRUPT_SHADOW is set by an exit: if L2 was in the shadow of STI, MOV SS or POP SS.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
pub fn shadow_saved(shadow: Shadow) -> bool {
    shadow != Shadow::None
}

/// `svm.shadow-saved`
///
/// The shadow with which L1 continues after an exit: that of L2 is in the VMCB alone.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
pub fn shadow_after_exit() -> Shadow {
    Shadow::None
}

/// `svm.shutdown-intercept`
///
/// A shutdown in L2 exits if it is intercepted.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.14.3 "Shutdown Intercept"
pub fn shutdown_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.smi-intercept`
///
/// An external SMI in L2 exits if it is intercepted; else SMM is entered from L2.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13 "Interrupt Intercepts"
pub fn smi_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.smi-intercept`
///
/// An SMI that exits stays pending until GIF is set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13 "Interrupt Intercepts"
pub fn intercepted_smi_stays_pending() -> bool {
    true
}

/// `svm.int2-not-intercepted`
///
/// INT 2 in L2 does not trigger the NMI intercept.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn int_2_exits_as_nmi() -> bool {
    false
}

/// `svm.int2-not-intercepted`
///
/// INT n in L2 exits if that instruction is intercepted, whatever its vector.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn int_n_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.int3-intercept`
///
/// INT3 in L2 exits as the exception that it raises, if #BP is intercepted; the intercept of INT n does not see it.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn int3_exits(bp_intercepted: bool) -> bool {
    bp_intercepted
}

/// `svm.exception-intercepts`
///
/// Whether an exception of L2, outside of the delivery of another event, exits: if its vector is intercepted.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12.2 "#DB (Debug)"
pub fn exception_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.exception-intercepts`
///
/// INT1 in L2 does not trigger the intercept of #DB.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12.2 "#DB (Debug)"
pub fn int1_exits() -> bool {
    false
}

/// `svm.exception-intercepts`
///
/// Whether an exit for #DB finds in DR6 what the handler of #DB would find there.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12 "Exception Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.12.2 "#DB (Debug)"
pub fn debug_exit_writes_dr6() -> bool {
    true
}
