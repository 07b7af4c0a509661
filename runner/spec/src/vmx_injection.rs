//! Events that L1 injects into L2 on Intel's processors: VM-entry interruption information.

use x86::vector::{BP, DB, OF};
use x86::vmx::{activity, interruption};

use crate::delivery::Source;
use crate::vmx_entry::NmiControls;
use crate::{Allowed, Shadow};

/// `vmx.injected-nmi-is-unconditional`
///
/// Whether an injected NMI is delivered before the first instruction of L2.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1 "Vectored-Event Injection"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.1 "Details of Vectored-Event Injection"
pub fn injected_nmi_is_delivered() -> bool {
    true
}

/// `vmx.injected-nmi-is-unconditional`
///
/// Whether an injected NMI exits instead of being delivered.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1 "Vectored-Event Injection"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.1 "Details of Vectored-Event Injection"
pub fn injected_nmi_exits() -> bool {
    false
}

/// `vmx.injected-nmi-keeps-state`
///
/// Whether NMIs are blocked after the delivery of an injected one: without virtual NMIs as the interruptibility state had it in
/// `field`, with them as `before`.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
pub fn blocked_after_injected_nmi(controls: NmiControls, field: bool, before: bool) -> bool {
    if controls.virtual_nmis { before } else { field }
}

/// `vmx.injected-nmi-blocks-virtual`
///
/// Whether virtual NMIs are blocked by the delivery of an injected one: if they are used.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.1 "Details of Vectored-Event Injection"
pub fn injected_nmi_blocks_virtual(controls: NmiControls) -> bool {
    controls.virtual_nmis
}

/// `vmx.injection-ends-inactivity`
///
/// Whether L2 is halted after VM entry, which injects nothing: if the activity state is HLT.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.2 "Activity State"
pub fn halted_after_entry(state: u32) -> bool {
    state == activity::HLT
}

/// `vmx.injection-ends-inactivity`
///
/// The activity state in which an injected event is delivered.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.2 "Activity State"
pub fn activity_after_injection() -> u32 {
    activity::ACTIVE
}

/// `vmx.injection-ends-inactivity`
///
/// The shadow after the delivery of an injected event.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.2 "Activity State"
pub fn shadow_after_injection() -> Shadow {
    Shadow::None
}

/// `vmx.injected-nmi-drops-pending-debug`
///
/// Whether an injected NMI, external interrupt or hardware exception discards the pending debug exceptions.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.3 "Delivery of Pending Debug Exceptions after VM Entry"
pub fn injected_event_drops_pending_debug() -> bool {
    true
}

/// `vmx.injection-before-events`
///
/// Whether an injected event goes before the exit for an NMI or an NMI window.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
pub fn injection_goes_first() -> bool {
    true
}

/// `vmx.fault-in-injection`
///
/// As what an injected event is delivered, by its type and vector: this decides about EXT and the exception class if its delivery
/// faults.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.2 "VM Exits During Event Injection"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
pub fn vmx_source_injected(kind: u8, vector: u8) -> Source {
    match (kind, vector) {
        (interruption::NMI, _) => Source::Nmi,
        (interruption::EXTERNAL, _) => Source::External,
        (interruption::SOFTWARE | interruption::SOFTWARE_EXCEPTION, _) => Source::Software,
        (interruption::PRIVILEGED, _) => Source::Int1,
        (_, DB | BP | OF) => Source::Trap,
        _ => Source::Fault,
    }
}

/// `vmx.fault-in-injection`
///
/// Whether a fault in the delivery of an event through the interrupt table of L2 exits. `caught`: the exception bitmap has it.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.2 "VM Exits During Event Injection"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
pub fn vmx_fault_of_delivery_exits(caught: bool) -> bool {
    caught
}

/// `vmx.fault-in-injection`
///
/// Whether an injected NMI has blocked NMIs (virtual ones, if they are used) when its delivery exits for such a fault. The manual
/// leaves it open without virtual NMIs.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.5.1.2 "VM Exits During Event Injection"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
pub fn injection_that_exits_blocks(controls: NmiControls) -> Allowed<bool> {
    if controls.virtual_nmis { Allowed::YES } else { Allowed::MAY }
}

/// `vmx.exit-clears-injection`
///
/// Whether an exit clears the valid bit of the event to inject.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2 "Recording VM-Exit Information and Updating VM-Entry Control Fields"
pub fn exit_clears_injection() -> bool {
    true
}
