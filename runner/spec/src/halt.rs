//! HLT and what ends it.

/// `delivery.wakes-halt`, `delivery.before-halt`, `block.halt`, `interrupt.wakes-halt-while-blocked`,
/// `path.wakes-a-halted-processor`
///
/// HLT ends when an event is taken, which a blocked NMI is not: it stays pending, and the processor halted. (An event at the
/// boundary before HLT is taken there, and HLT is executed after its handler's return.)
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.9 "#DF-Double-Fault Exception (Vector 8)"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "HLT-Halt"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.6 "Program or Task Restart"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn halt_ends(an_event_is_taken: bool) -> bool {
    an_event_is_taken
}

/// `delivery.wakes-halt`, `shadow.ends-at-halt`, `interrupt.wakes-halt-while-blocked`, `path.wakes-a-halted-processor`
///
/// The instruction pointer saved by an event that ends a HLT is that of the instruction after it. `next`: where that
/// instruction stands.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "HLT-Halt"
/// - Intel SDM 325383 rev. 059 vol. 2, 4.3 "STI-Set Interrupt Flag"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn rip_saved_in_halt(next: u64) -> u64 {
    next
}
