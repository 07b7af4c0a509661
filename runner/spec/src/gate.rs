//! What happens to an NMI whose gate is invalid or whose delivery faults.

use x86::gate::kind;
use x86::paging::is_canonical;
use x86::vector::{Class, class};

use crate::delivery::Source;
use crate::{Allowed, Nmi, Vendor};

/// `fault.table-limit`
///
/// Whether a gate lies within the limit of its table: to its last byte. `size`: bytes of one gate.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 4.6.6 "Interrupt Descriptor-Table Register"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 20.1.4 "Interrupt and Exception Handling"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.10 "Interrupt Descriptor Table (IDT)"
pub fn gate_is_within_table(vector: u8, size: u64, limit: u64) -> bool {
    u64::from(vector) * size + size - 1 <= limit
}

/// `fault.gate-type`
///
/// Whether the gate is of a type that the mode has: an interrupt or trap gate, in long mode a 64-bit one, or outside long mode a
/// task gate. `kind`: its type, if it is a system descriptor.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.14 "#GP-General-Protection Exception (Vector 13)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7 "Legacy Protected-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.1 "Interrupt Gates and Trap Gates"
/// - AMD APM 24594 rev. 3.37 vol. 3, 2.5.3 "Pseudocode Definition"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.1 "64-Bit Mode IDT"
pub fn gate_type_is_valid(kind: Option<u8>, long: bool) -> bool {
    match kind {
        Some(kind::INTERRUPT | kind::TRAP) => true,
        Some(kind::INTERRUPT_16 | kind::TRAP_16 | kind::TASK) => !long,
        _ => false,
    }
}

/// `fault.gate-target`
///
/// Whether a gate of long mode leads to a canonical address.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.14 "#GP-General-Protection Exception (Vector 13)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.4.1 "Selector-Error Code"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.13 "Error Code"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.1 "64-Bit Mode IDT"
pub fn gate_offset_is_valid(offset: u64) -> bool {
    is_canonical(offset)
}

/// `fault.gate-target`
///
/// Whether a gate of long mode leads to a 64-bit code segment. `long`, `default`: L and D of its descriptor.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.14 "#GP-General-Protection Exception (Vector 13)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.4.1 "Selector-Error Code"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.13 "Error Code"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.1 "64-Bit Mode IDT"
pub fn gate_segment_is_valid(long: bool, default: bool) -> bool {
    long && !default
}

/// What an error code names, beside EXT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Nothing.
    Nothing,
    /// The gate, by its vector.
    Gate,
    /// The code segment, by its selector.
    Segment,
}

/// `fault.gate-type`, `fault.gate-16-bit-intel`
///
/// What the error code names if the gate is of a wrong type: the gate. For a 16-bit gate in long mode Intel's manual says both that
/// and nothing.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.14 "#GP-General-Protection Exception (Vector 13)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7 "Legacy Protected-Mode Interrupt Control Transfers"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.9.1 "Interrupt Gates and Trap Gates"
/// - AMD APM 24594 rev. 3.37 vol. 3, 2.5.3 "Pseudocode Definition"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.13 "Error Code"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.1 "64-Bit Mode IDT"
pub fn wrong_gate_error_code(vendor: Vendor, is_16_bit: bool) -> Allowed<Named> {
    match (vendor, is_16_bit) {
        (Vendor::Intel, true) => Allowed::any_of(&[Named::Nothing, Named::Gate]),
        _ => Allowed::any_of(&[Named::Gate]),
    }
}

/// `fault.gate-target-code`
///
/// What the error code names if the gate of long mode leads to no canonical address or to no 64-bit code segment. For the address it
/// is nothing by Intel's manual, and AMD's disagrees with itself, as the manuals do for the segment.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.14 "#GP-General-Protection Exception (Vector 13)"
/// - AMD APM 24594 rev. 3.37 vol. 3, 2.5.3 "Pseudocode Definition"
/// - AMD APM 24594 rev. 3.37 vol. 3, 3 "INT-Interrupt to Vector"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "INT n/INTO/INT 3-Call to Interrupt Procedure"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.14.1 "64-Bit Mode IDT"
pub fn gate_target_error_code(vendor: Vendor, is_canonical: bool) -> Allowed<Named> {
    match (vendor, is_canonical) {
        (Vendor::Intel, false) => Allowed::any_of(&[Named::Nothing]),
        (Vendor::Amd, false) => Allowed::any_of(&[Named::Nothing, Named::Segment]),
        (_, true) => Allowed::any_of(&[Named::Nothing, Named::Gate, Named::Segment]),
    }
}

/// `delivery.gate-privilege-is-ignored`, `delivery.gate-privilege-amd`
///
/// Whether the gate's DPL binds: it does for INT n, INT3 and INTO. On Intel's processors it binds no other event; AMD's
/// manual names no exception.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.7.4 "Privilege Checks"
/// - AMD APM 24594 rev. 3.37 vol. 3, 2.5.3 "Pseudocode Definition"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.12.1.1 "Protection of Exception- and Interrupt-Handler Procedures"
pub fn gate_privilege_is_checked(vendor: Vendor, nmi: bool, software: bool) -> Allowed<bool> {
    match (software, vendor, nmi) {
        (true, ..) => Allowed::YES,
        (false, Vendor::Amd, true) => Allowed::MAY,
        (false, ..) => Allowed::NO,
    }
}

/// `fault.error-code`
///
/// EXT in the error code of a fault in the delivery of an event: set for an NMI, and for any other but INT n, INT3 and INTO.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.4.1 "Selector-Error Code"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.4.2 "Page-Fault Error Code"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.13 "Error Code"
pub fn external_bit(source: Source) -> u32 {
    u32::from(source != Source::Software)
}

/// `fault.nmi-is-spent`, `fault.first-instruction`
///
/// How many NMIs are held once the delivery of one has faulted: those that were held besides it; it is not delivered again. (A
/// fault of the handler's first instruction is no fault of the delivery.)
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.10 "Interrupt Descriptor Table (IDT)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference"
pub fn held_after_fault(nmi: &Nmi) -> u32 {
    nmi.pending
}

/// What a fault in the delivery of an event makes of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combined {
    /// The fault is delivered.
    Second,
    /// A double fault is delivered.
    DoubleFault,
    /// The processor shuts down.
    Shutdown,
}

/// `fault.double-fault`
///
/// The exception class of an event whose delivery faults: benign for an NMI and any other interrupt, that of its vector for an
/// exception.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.9 "#DF-Double-Fault Exception (Vector 8)"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference"
pub fn class_of(source: Source, vector: u8) -> Class {
    match source {
        Source::Nmi | Source::External | Source::Software | Source::Int1 => Class::Benign,
        Source::Fault | Source::Trap => class(vector),
    }
}

/// `fault.double-fault`, `fault.shutdown`
///
/// What a fault in the delivery of an event makes of the two, by their classes.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.9 "#DF-Double-Fault Exception (Vector 8)"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference"
pub fn faults_combined(first: Class, second: Class) -> Combined {
    match (first, second) {
        (Class::DoubleFault, _) => Combined::Shutdown,
        (Class::Contributory, Class::Contributory) | (Class::PageFault, Class::Contributory | Class::PageFault) => {
            Combined::DoubleFault
        }
        _ => Combined::Second,
    }
}
