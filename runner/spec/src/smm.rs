//! NMIs and system-management mode.

use crate::{Allowed, Shadow, Vendor};

/// `smm.entry-blocks`
///
/// Entering SMM blocks NMIs.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
pub fn smm_entry_blocks() -> bool {
    true
}

/// `smm.exit-restores-unblocked`, `smm.exit-restores-blocked`, `smm.inside-nmi-handler`, `smm.iret-inside-nmi-handler`,
/// `smm.latched-inside-nmi-handler`
///
/// Whether NMIs are blocked after RSM: not if they were not when the SMI came; if they were, again on AMD's processors unless an
/// IRET ran in SMM. The rest is open: Intel's manual says both, and of an NMI that was latched each manual says that it is taken
/// after RSM, and that it waits for the handler's IRET. `before`: when the SMI came; `inside`: when RSM was executed; `latched`:
/// one is held.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.30.3 "SMM_CTL MSR (C001_0116h)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
pub fn blocked_after_smm(vendor: Vendor, before: bool, inside: bool, latched: bool) -> Allowed<bool> {
    match (vendor, before, inside) {
        (_, false, _) => Allowed::NO,
        (Vendor::Amd, true, true) if !latched => Allowed::YES,
        (_, true, _) => Allowed::MAY,
    }
}

/// `smm.one-is-latched`
///
/// How many of the NMIs that wait in SMM are delivered after RSM: all that are held.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
pub fn held_after_smm(pending: u32) -> u32 {
    pending
}

/// `smm.shadow-outlives-smm`
///
/// Whether a shadow holds an SMI back: it may.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.14.1 "Default Treatment of SMI Delivery"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.2 "System Management Interrupt (SMI)"
pub fn shadow_blocks_smis(shadow: Shadow) -> Allowed<bool> {
    if shadow == Shadow::None { Allowed::NO } else { Allowed::MAY }
}

/// `smm.smi-is-latched`
///
/// Whether an SMI that waits is served: not in SMM.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.1 "System-Management Interrupt (SMI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.3.1 "Entering SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn smi_is_taken(waiting: u32, in_smm: bool) -> bool {
    waiting > 0 && !in_smm
}

/// `smm.smi-before-nmi`, `priority.trap-before-nmi`, `priority.data-breakpoint-before-nmi`
///
/// A trap that is pending at the boundary where an SMI is taken waits for RSM: of the two only the SMI is served there. (No manual says
/// that entering SMM, where TF and DR7 are clear, discards the trap of an instruction before.)
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.1 "System-Management Interrupt (SMI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.1.4 "Single Stepping"
/// - AMD APM 24593 rev. 3.44 vol. 2, 3.1.6 "RFLAGS Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 17.3.1.4 "Single-Step Exception Condition"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.2 "System Management Interrupt (SMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.3.1 "Entering SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn smi_leaves_the_trap() -> bool {
    true
}

/// `smm.smi-is-latched`
///
/// Whether an SMI that comes in SMM is latched.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.1 "System-Management Interrupt (SMI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.3.1 "Entering SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.9 "Priority Among Simultaneous Exceptions and Interrupts"
pub fn smi_is_latched() -> bool {
    true
}

/// `smm.one-smi-is-latched`, `smm.several-smis-amd`
///
/// How many SMIs wait at most: one on Intel's processors, and outside of SMM. How many are latched in SMM AMD's manual does not say.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.3.1 "Entering SMM"
pub fn held_smis(vendor: Vendor, in_smm: bool) -> Allowed<u32> {
    match (vendor, in_smm) {
        (Vendor::Amd, true) => Allowed::any_of(&[1, 2]),
        _ => Allowed::any_of(&[1]),
    }
}

/// `smm.halt-is-restarted`
///
/// RSM returns to the HLT that the SMI interrupted.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.7 "Auto-Halt Restart"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "HLT-Halt"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.10 "Auto HALT Restart"
pub fn smm_exit_restarts_halt() -> bool {
    true
}

/// `smm.shadow-outlives-smm`
///
/// The shadow after RSM is the one that was in effect when the SMI was taken.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "STI-Set Interrupt Flag"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.14.1 "Default Treatment of SMI Delivery"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.2 "System Management Interrupt (SMI)"
pub fn shadow_after_smm(before: Shadow) -> Shadow {
    before
}
