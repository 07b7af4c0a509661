//! NMIs that come as messages and from the local vector table.

use x86::apic::{BROADCAST, LOGICAL_CLUSTER, LOGICAL_FLAT, LOGICAL_X2APIC, X2APIC_BROADCAST};

use crate::{Allowed, Vendor};

/// `path.vector-is-ignored`, `path.message-vector-is-ignored`, `pmi.overflow-is-an-nmi`
///
/// Whether the vector field of a command, message or entry of the local vector table with delivery mode NMI selects the handler.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.2.3.2 "Counter Overflow"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.2 "Interrupt Control"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.11.2 "Message Data Register Format"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.1 "Interrupt Command Register (ICR)"
pub fn nmi_vector_field_counts() -> bool {
    false
}

/// `path.fixed-vector-two`
///
/// Whether the local APIC accepts a fixed interrupt with this vector: 0 to 15 are illegal, and so none has the NMI's vector, 2.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.6 "APIC Error Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.3 "Accepting System and IPI Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.4 "Selecting and Handling Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.3 "Error Handling"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
pub fn takes_fixed(vector: u8) -> bool {
    vector >= x86::apic::LEAST_VECTOR
}

/// `path.software-disabled-apic`, `path.software-disabled-apic-amd`
///
/// Whether a local APIC that software has disabled takes NMIs, and SMIs: on Intel's processors it does, on AMD's it may.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.7 "Spurious Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.4.7.2 "Local APIC State After It Has Been Software Disabled"
pub fn software_disabled_takes_nmis(vendor: Vendor) -> Allowed<bool> {
    match vendor {
        Vendor::Intel => Allowed::YES,
        Vendor::Amd => Allowed::MAY,
    }
}

/// `path.software-disabled-apic`, `path.software-disabled-apic-amd`
///
/// Whether a local APIC that software has disabled takes fixed interrupts.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.7 "Spurious Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.4.7.2 "Local APIC State After It Has Been Software Disabled"
pub fn software_disabled_takes_fixed() -> bool {
    false
}

/// `path.software-disabled-apic`, `path.software-disabled-apic-amd`
///
/// Whether the entries of the local vector table are masked while the local APIC is disabled by software: disabling it sets their mask
/// bits, and a write cannot clear them.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.7 "Spurious Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.4.7.2 "Local APIC State After It Has Been Software Disabled"
pub fn software_disabled_masks_entries() -> bool {
    true
}

/// `path.hardware-disabled-apic`
///
/// Whether a local APIC that is disabled in its base register takes messages: it takes none, be it an NMI, an SMI or a fixed interrupt.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.3.1 "Local APIC Enable"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.4.3 "Enabling or Disabling the Local APIC"
pub fn hardware_disabled_takes_messages() -> bool {
    false
}

/// `path.trigger-is-ignored`
///
/// Whether an NMI command with the level-trigger bit set is delivered: on Intel's processors as an edge; AMD's manual does not
/// say that the bit is ignored.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.1 "Interrupt Command Register (ICR)"
pub fn level_triggered_is_sent(vendor: Vendor) -> Allowed<bool> {
    match vendor {
        Vendor::Intel => Allowed::YES,
        Vendor::Amd => Allowed::MAY,
    }
}

/// `path.priority-is-irrelevant`
///
/// Whether a task priority holds NMIs back.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.3 "Accepting System and IPI Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.8.3.1 "Task and Processor Priorities"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.8.4 "Interrupt Acceptance for Fixed Interrupts"
pub fn priority_holds_nmis() -> bool {
    false
}

/// `path.no-service-bits`
///
/// Whether an NMI sets a bit of the in-service register until an EOI.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.3 "Accepting System and IPI Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.8.1 "Interrupt Handling with the Pentium 4 and Intel Xeon Processors"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.8.4 "Interrupt Acceptance for Fixed Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.8.5 "Signaling Interrupt Servicing Completion"
pub fn nmi_is_in_service() -> bool {
    false
}

/// The destination shorthand of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shorthand {
    /// No shorthand: to its destination.
    None,
    /// To the sender.
    Own,
    /// To all, the sender included.
    All,
    /// To all but the sender.
    Others,
}

/// `path.addressed-processor-alone`, `path.logical-destination`, `path.broadcast-destination`, `path.all-but-self`,
/// `path.x2apic-command`
///
/// Whether a command reaches a processor. `own`: it is the sender; `addressed`: its local APIC is named by the destination,
/// physical, logical or broadcast.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.13 "x2APIC Interrupt Command Register (ICR) Operations"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.14 "Logical Destination Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.1 "Receiving System and IPI Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.12.9 "ICR Operation in x2APIC Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.1 "Interrupt Command Register (ICR)"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.2.1 "Physical Destination Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.2.2 "Logical Destination Mode"
pub fn command_reaches(shorthand: Shorthand, own: bool, addressed: bool) -> bool {
    match shorthand {
        Shorthand::None => addressed,
        Shorthand::Own => own,
        Shorthand::All => true,
        Shorthand::Others => !own,
    }
}

/// `path.addressed-processor-alone`, `path.broadcast-destination`, `path.x2apic-command`
///
/// Whether a physical destination names a local APIC: its identifier does, and the broadcast identifier, which has all bits set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.13 "x2APIC Interrupt Command Register (ICR) Operations"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.1 "Receiving System and IPI Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.12.9 "ICR Operation in x2APIC Mode"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.2.1 "Physical Destination Mode"
pub fn physical_destination_matches(x2apic: bool, id: u32, destination: u32) -> bool {
    let broadcast = if x2apic { X2APIC_BROADCAST } else { BROADCAST };
    destination == id || destination == broadcast
}

/// How logical destinations name local APICs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalModel {
    /// xAPIC mode: each of 8 bits is for one.
    Flat,
    /// xAPIC mode: the upper 4 bits are a cluster, each of the lower 4 is for one of it.
    Cluster,
    /// x2APIC mode: the upper 16 bits are a cluster, each of the lower 16 is for one of it.
    X2Apic,
}

/// `path.logical-destination`
///
/// Whether a logical destination names the local APIC with this logical identifier: if they share a bit, and the cluster where the model
/// has clusters. A destination with all bits set names all.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.14 "Logical Destination Register"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.6.1 "Receiving System and IPI Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.2.2 "Logical Destination Mode"
pub fn logical_destination_matches(model: LogicalModel, id: u32, destination: u32) -> bool {
    let (members, broadcast) = match model {
        LogicalModel::Flat => (LOGICAL_FLAT, BROADCAST),
        LogicalModel::Cluster => (LOGICAL_CLUSTER, BROADCAST),
        LogicalModel::X2Apic => (LOGICAL_X2APIC, X2APIC_BROADCAST),
    };
    let same_cluster = destination & !members == id & !members;
    destination == broadcast || same_cluster && destination & id & members != 0
}

/// `path.self-shorthand`, `path.all-including-self-shorthand`
///
/// How many NMIs a command with a shorthand that includes the sender sends to each processor that it reaches: the manuals
/// call it invalid, so one or none.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.5 "Interprocessor Interrupts (IPI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.6.1 "Interrupt Command Register (ICR)"
pub fn sent_by_invalid_shorthand() -> Allowed<u32> {
    Allowed::any_of(&[0, 1])
}

/// `path.x2apic-self-ipi`
///
/// Whether the SELF IPI register can send an NMI: it sends fixed interrupts.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.15 "Self_IPI Register"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.12.11 "SELF IPI Register"
pub fn self_ipi_sends_nmis() -> bool {
    false
}

/// `pmi.overflow-is-an-nmi`
///
/// Whether the interrupt of a counter that overflows is delivered to that counter's processor.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.2.3.2 "Counter Overflow"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
pub fn counter_interrupts_its_processor() -> bool {
    true
}

/// `pmi.delivery-masks-the-entry`, `pmi.mask-on-amd`
///
/// Whether delivery sets the mask bit of the counter's entry in the local vector table. On Intel's processors it does; AMD's
/// manual has only software set it.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.3 "Performance Monitor Counter Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.7 "Spurious Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
pub fn counter_entry_is_masked(vendor: Vendor) -> bool {
    vendor == Vendor::Intel
}

/// `pmi.masked-entry-sends-nothing`
///
/// Whether an overflow sends its interrupt while the entry is masked.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.2.3.2 "Counter Overflow"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4.3 "Performance Monitor Counter Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
pub fn masked_counter_entry_sends() -> bool {
    false
}

/// `pmi.counts-in-l2`
///
/// Whether a counter that L1 or L2 set up counts while L2 runs.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 13.2.1 "Performance Counter MSRs"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.2.1 "Loading Guest Control Registers, Debug Registers, and MSRs"
pub fn counter_counts_in_l2() -> bool {
    true
}

/// `pmi.nmi-in-l2`
///
/// Whether the NMI of a counter that overflows in L2 exits. `others`: whether NMIs from other sources exit.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.6.1 "Pin-Based VM-Execution Controls"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
pub fn counter_nmi_exits(others: bool) -> bool {
    others
}

/// `pmi.nmi-in-l2`
///
/// Whether blocking of virtual NMIs holds the NMI of a counter back.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 16.4 "Local Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 10.5.1 "Local Vector Table"
/// - Intel SDM 325384 rev. 059 vol. 3, 24.6.1 "Pin-Based VM-Execution Controls"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
pub fn virtual_blocking_holds_counter_nmi() -> bool {
    false
}
