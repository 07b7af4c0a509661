//! From when to when NMIs are blocked, or masked, as AMD's manual says.

use crate::Vendor;

/// `block.from-delivery`, `fault.blocks-like-delivery`
///
/// Delivery of an NMI blocks further NMIs, from before the interrupt table is read: also if the delivery faults.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn delivery_blocks() -> bool {
    true
}

/// `fault.blocks-like-delivery`, `fault.double-fault`
///
/// A fault in the delivery of an NMI leaves NMIs blocked in the handler of that fault.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.9 "#DF-Double-Fault Exception (Vector 8)"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.15 "Exception and Interrupt Reference"
pub fn fault_in_delivery_keeps_blocking() -> bool {
    true
}

/// `block.not-by-int-2`
///
/// INT 2 runs the handler of vector 2 and does not block NMIs, because it is not an NMI.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2 "Vectors"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.3.3 "Software-Generated Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
pub fn int_2_blocks() -> bool {
    false
}

/// `block.not-by-exception-entry`, `exception.entry-keeps-blocking`, `exception.software-interrupt-keeps-blocking`,
/// `interrupt.flag-does-not-unblock`
///
/// Entering the handler of an exception, of an interrupt or of INT n does not unblock NMIs.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn handler_entry_unblocks() -> bool {
    false
}

/// `unblock.any-iret`, `unblock.every-operand-size`, `unblock.every-privilege-level`, `unblock.iret-to-user`,
/// `unblock.nested-handler-iret`, `unblock.iret-when-open`, `block.until-iret`, `exception.handler-iret-unblocks`,
/// `interrupt.handler-iret-unblocks`, `fault.handler-iret-unblocks`, `smm.iret-unblocks`
///
/// Any IRET that completes unblocks NMIs, whichever handler it ends, whatever its operand size, wherever it was executed
/// and wherever it returns to.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24594 rev. 3.37 vol. 3, 4 "IRET/IRETD/IRETQ-Return from Interrupt"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "IRET/IRETD-Interrupt Return"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7 "Nonmaskable Interrupt (NMI)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn iret_unblocks() -> bool {
    true
}

/// `unblock.faulting-iret-amd`, `unblock.faulting-iret-intel`
///
/// An IRET that faults unblocks NMIs on Intel's processors. On AMD's it does not: NMIs stay masked until an IRET completes, such as
/// the one of the fault's handler.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - Intel SDM 325383 rev. 059 vol. 2, 3.2 "IRET/IRETD-Interrupt Return"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn faulting_iret_unblocks(vendor: Vendor) -> bool {
    vendor == Vendor::Intel
}

/// `unblock.at-the-boundary`, `unblock.no-stack-growth`
///
/// A held NMI waits for the IRET to complete: it is taken at the boundary after it, when the frame has been popped.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2.3 "NMI-Non-Maskable-Interrupt Exception (Vector 2)"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn iret_completes_first() -> bool {
    true
}

/// `block.until-iret`, `block.not-by-branches`, `block.not-by-flags`, `block.not-by-system-instructions`,
/// `exception.only-iret-unblocks`, `interrupt.flag-does-not-unblock`
///
/// No instruction other than IRET and RSM (see [`crate::smm`]) unblocks NMIs.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 10.3.3 "Exceptions and Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn instruction_unblocks() -> bool {
    false
}

/// `block.not-by-exits`
///
/// An exit to the hypervisor does not unblock NMIs.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
pub fn exit_unblocks() -> bool {
    false
}
