//! Events that L1 injects into L2 on AMD's processors: EVENTINJ.

use x86::svm::event_type;
use x86::vector::{self, ARCHITECTURAL, BP, DB, OF};

use crate::delivery::Source;

/// `svm.eventinj-unconditional`
///
/// An injected event is delivered before L2's first instruction, whatever the NMI intercept, RFLAGS.IF and INTERRUPT_SHADOW
/// say.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
pub fn injected_is_delivered() -> bool {
    true
}

/// `svm.eventinj-unconditional`
///
/// The vector of an injected NMI, whose vector field is ignored.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
pub fn injected_nmi_vector() -> u8 {
    vector::NMI
}

/// `svm.eventinj-does-not-block`
///
/// An injected NMI does not block physical ones.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
pub fn injected_nmi_blocks() -> bool {
    false
}

/// `svm.eventinj-before-intercept`
///
/// An injected event is delivered before a pending NMI exits.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
pub fn injected_before_exit() -> bool {
    true
}

/// `svm.fault-in-injection`
///
/// A fault in the delivery of an event through L2's IDT exits if L1 intercepts that exception, also if the event was injected.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.3 "EXITINTINFO Pseudo-Code"
pub fn fault_of_delivery_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.fault-in-injection`
///
/// As what an injected event is delivered, by its type and vector: this decides about EXT and the exception class if its delivery
/// faults.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.2 "Intercepts During IDT Interrupt Delivery"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.7.3 "EXITINTINFO Pseudo-Code"
pub fn source_injected(kind: u8, vector: u8) -> Source {
    match (kind, vector) {
        (event_type::NMI, _) => Source::Nmi,
        (event_type::INTR, _) => Source::External,
        (event_type::SOFTWARE, _) => Source::Software,
        (_, DB | BP | OF) => Source::Trap,
        _ => Source::Fault,
    }
}

/// `svm.exit-clears-eventinj`
///
/// Each #VMEXIT clears EVENTINJ in the VMCB.
///
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "VMRUN-Run Virtual Machine"
pub fn exit_clears_eventinj() -> bool {
    true
}

/// `svm.eventinj-invalid`
///
/// Whether EVENTINJ holds an event that can be injected; else VMRUN exits with VMEXIT_INVALID.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
pub fn injection_is_valid(kind: u8, vector: u8) -> bool {
    match kind {
        event_type::INTR | event_type::NMI | event_type::SOFTWARE => true,
        event_type::EXCEPTION => vector < ARCHITECTURAL && vector != vector::NMI,
        _ => false,
    }
}
