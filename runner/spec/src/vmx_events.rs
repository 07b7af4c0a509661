//! NMIs in L2 and at its exits on Intel's processors: blocking, virtual NMIs, the NMI window, and what an exit tells.

use x86::vector::{BP, OF};
use x86::vmx::{Interruptibility, activity, interruption, pending_debug};

use crate::delivery::Source;
use crate::vmx_entry::NmiControls;
use crate::{Allowed, Shadow};

/// `vmx.entry-decides-blocking`, `vmx.virtual-nmis-never-block`
///
/// Whether NMIs are blocked after VM entry. `field`: blocking by NMI as the interruptibility state has it.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
pub fn blocked_after_entry(controls: NmiControls, field: bool) -> bool {
    field && !controls.virtual_nmis
}

/// `vmx.iret-unblocks-virtual`
///
/// Whether virtual NMIs are blocked after VM entry. `field`: blocking by NMI as the interruptibility state has it.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.3 "Changes to Instruction Behavior in VMX Non-Root Operation"
pub fn virtual_blocking_after_entry(controls: NmiControls, field: bool) -> bool {
    controls.virtual_nmis && field
}

/// `vmx.pending-debug-is-delivered`
///
/// Whether a debug exception that was pending at VM entry, which injects nothing, is delivered before the first instruction of L2.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.3 "Delivery of Pending Debug Exceptions after VM Entry"
pub fn pending_debug_is_delivered(shadow: Shadow) -> bool {
    !matches!(shadow, Shadow::MovSs | Shadow::Either)
}

/// `vmx.guest-takes-nmi`, `vmx.nmi-exits`
///
/// Whether an NMI that is not held back exits; else L2 takes it.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.3 "Changes to Instruction Behavior in VMX Non-Root Operation"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.2 "Information for VM Exits Due to Vectored Events"
pub fn nmi_exits(controls: NmiControls) -> bool {
    controls.exiting
}

/// `vmx.nmi-exits`
///
/// Whether an NMI that would exit does so while NMIs are blocked.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.2 "Information for VM Exits Due to Vectored Events"
pub fn blocked_nmi_exits_vmx() -> bool {
    false
}

/// `vmx.nmi-exits`
///
/// Whether the shadow of STI or MOV SS holds an exit for an NMI back. The manual leaves it open.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.2 "Information for VM Exits Due to Vectored Events"
pub fn shadow_holds_nmi_exit(shadow: Shadow) -> Allowed<bool> {
    if shadow == Shadow::None { Allowed::NO } else { Allowed::MAY }
}

/// `vmx.interrupt-exit-in-shadow`
///
/// Whether the shadow of STI or MOV SS holds an exit for an external interrupt back. The manual leaves it open.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
pub fn shadow_holds_interrupt_exit(shadow: Shadow) -> Allowed<bool> {
    if shadow == Shadow::None { Allowed::NO } else { Allowed::MAY }
}

/// `vmx.interrupt-exits`
///
/// Whether an external interrupt that no shadow holds back exits: with external-interrupt exiting, whatever RFLAGS.IF is.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 24.7.1 "VM-Exit Controls"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
pub fn interrupt_exits(exiting: bool) -> bool {
    exiting
}

/// `vmx.interrupt-exits`
///
/// Whether an interrupt that exits stays pending: it is not acknowledged, unless the exit controls ask for that.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 24.7.1 "VM-Exit Controls"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.4.1 "Event Blocking"
pub fn interrupt_exit_stays_pending() -> bool {
    true
}

/// `vmx.exceptions-exit`
///
/// Whether an exception of L2, outside of the delivery of another event, exits: if the exception bitmap has its vector. `caught`: it has.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.1 "Basic VM-Exit Information"
pub fn exception_exits_vmx(caught: bool) -> bool {
    caught
}

/// `vmx.exceptions-exit`
///
/// Whether an exit for a debug exception finds DR6 written.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.1 "Basic VM-Exit Information"
pub fn debug_exit_writes_dr6_vmx() -> bool {
    false
}

/// `vmx.exceptions-exit`
///
/// The exit qualification of a debug exception: the breakpoints that were hit and the single step. `hit`: these, as DR6 has them.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.1 "Basic VM-Exit Information"
pub fn debug_exit_qualification(hit: u64) -> u64 {
    hit
}

/// `vmx.exceptions-exit`
///
/// Whether a triple fault of L2 exits: always.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.1 "Basic VM-Exit Information"
pub fn triple_fault_exits() -> bool {
    true
}

/// `vmx.virtual-blocking-holds-no-exit`
///
/// Whether blocking of virtual NMIs holds an exit for an NMI back.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 24.6.1 "Pin-Based VM-Execution Controls"
pub fn virtual_blocking_holds_exit() -> bool {
    false
}

/// `vmx.nmi-exit-blocks`
///
/// Whether an exit for an NMI consumes it.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.5.5 "Updating Non-Register State"
pub fn nmi_exit_consumes() -> bool {
    true
}

/// `vmx.nmi-exit-blocks`, `vmx.exit-keeps-blocking`
///
/// Whether NMIs are blocked in L1 after an exit. `inside`: they were in L2.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.5.5 "Updating Non-Register State"
pub fn blocked_after_exit(for_nmi: bool, inside: bool) -> bool {
    for_nmi || inside
}

/// `vmx.exit-keeps-blocking`
///
/// The shadow with which L1 continues after an exit: none, whatever L2 was in.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.5.5 "Updating Non-Register State"
pub fn shadow_after_vm_exit() -> Shadow {
    Shadow::None
}

/// `vmx.exit-keeps-blocking`
///
/// Whether L1 is halted after an exit: it is active, also if L2 was in HLT.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.5.5 "Updating Non-Register State"
pub fn halted_after_vm_exit() -> bool {
    false
}

/// `vmx.guest-takes-nmi`, `vmx.iret-does-not-unblock`
///
/// Whether an IRET of L2 unblocks NMIs, whether or not it faults.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.3 "Changes to Instruction Behavior in VMX Non-Root Operation"
pub fn guest_iret_unblocks(controls: NmiControls) -> bool {
    !controls.exiting
}

/// `vmx.iret-unblocks-virtual`
///
/// Whether virtual NMIs that were blocked stay so after an IRET of L2.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.3 "Changes to Instruction Behavior in VMX Non-Root Operation"
pub fn virtual_blocking_after_iret() -> bool {
    false
}

/// `vmx.int-2-blocks-nothing`
///
/// Whether INT 2 of L2 blocks virtual NMIs.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 6.3.3 "Software-Generated Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 25.3 "Changes to Instruction Behavior in VMX Non-Root Operation"
pub fn int_2_blocks_virtual() -> bool {
    false
}

/// `vmx.blocking-is-saved`
///
/// What an exit saves as blocking by NMI. `inside`: NMIs were blocked in L2; `virtual_blocking`: virtual NMIs were.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.3.4 "Saving Non-Register State"
pub fn blocking_saved(controls: NmiControls, inside: bool, virtual_blocking: bool) -> bool {
    if controls.virtual_nmis { virtual_blocking } else { inside }
}

/// `vmx.delivery-blocks-before-exit`
///
/// Whether NMIs are blocked by a physical one whose delivery through the interrupt table of L2 exits.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.3 "Information for VM Exits During Event Delivery"
pub fn delivery_that_exits_blocks() -> bool {
    true
}

/// `vmx.vectoring-is-told`
///
/// Whether IDT-vectoring information is valid: an event was being delivered through the interrupt table of L2, and did not end in a
/// double fault or a triple fault, for which the exit is.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.3 "Information for VM Exits During Event Delivery"
pub fn vectoring_is_told(delivering: bool, ended_in_double_or_triple_fault: bool) -> bool {
    delivering && !ended_in_double_or_triple_fault
}

/// `vmx.vectoring-is-told`
///
/// The type of an event in IDT-vectoring information.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.3 "Information for VM Exits During Event Delivery"
pub fn vectoring_type(source: Source, vector: u8) -> u8 {
    match (source, vector) {
        (Source::Nmi, _) => interruption::NMI,
        (Source::External, _) => interruption::EXTERNAL,
        (Source::Software, BP | OF) => interruption::SOFTWARE_EXCEPTION,
        (Source::Software, _) => interruption::SOFTWARE,
        (Source::Int1, _) => interruption::PRIVILEGED,
        (Source::Fault | Source::Trap, _) => interruption::EXCEPTION,
    }
}

/// `vmx.shadow-is-saved`
///
/// What an exit saves of blocking by STI and by MOV SS: what was in effect before the exit.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.3.4 "Saving Non-Register State"
pub fn vmx_shadow_saved(shadow: Shadow) -> Interruptibility {
    let (sti, mov_ss) = (matches!(shadow, Shadow::Sti | Shadow::Either), shadow == Shadow::MovSs);
    Interruptibility::new().with_sti(sti).with_mov_ss(mov_ss)
}

/// `vmx.pending-debug-is-saved`
///
/// What an exit that no debug exception caused saves as pending debug exceptions: those that the shadow of MOV SS holds back.
/// `single_steps`: RFLAGS.TF, with IA32_DEBUGCTL.BTF 0; `breakpoints`: B3 to B0 of the enabled breakpoints that the load of SS hit.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.3.4 "Saving Non-Register State"
pub fn pending_debug_saved(shadow: Shadow, single_steps: bool, breakpoints: u64) -> u64 {
    if shadow != Shadow::MovSs {
        return 0;
    }
    let enabled = if breakpoints != 0 { pending_debug::ENABLED_BREAKPOINT } else { 0 };
    breakpoints | enabled | if single_steps { pending_debug::SINGLE_STEP } else { 0 }
}

/// `vmx.exit-from-halt`
///
/// The activity state that an exit saves. `halted`: it ended HLT.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.1 "Architectural State Before a VM Exit"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.3.4 "Saving Non-Register State"
pub fn activity_saved(halted: bool) -> u32 {
    if halted { activity::HLT } else { activity::ACTIVE }
}

/// What is taken at a boundary of L2, or exits there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VmxEvent {
    /// #DB, the trap of the previous instruction.
    Trap,
    /// An NMI window.
    NmiWindow,
    /// An NMI.
    Nmi,
    /// An interrupt window.
    InterruptWindow,
    /// An external interrupt.
    Interrupt,
}

/// `vmx.order-at-boundary`
///
/// The order in which events of one boundary of L2 are taken or exit.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.5 "Interrupt-Window Exiting and Virtual-Interrupt Delivery"
pub fn vmx_priorities() -> [VmxEvent; 5] {
    [VmxEvent::Trap, VmxEvent::NmiWindow, VmxEvent::Nmi, VmxEvent::InterruptWindow, VmxEvent::Interrupt]
}

/// `vmx.order-at-boundary`
///
/// Whether interrupt-window exiting exits at a boundary: while RFLAGS.IF is set, and there is no shadow.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.5 "Interrupt-Window Exiting and Virtual-Interrupt Delivery"
pub fn interrupt_window_is_open(interrupts_enabled: bool, shadow: Shadow) -> bool {
    interrupts_enabled && shadow == Shadow::None
}

/// `vmx.order-at-boundary`
///
/// Whether an interrupt window that is open exits from HLT, as an interrupt would.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.5 "Interrupt-Window Exiting and Virtual-Interrupt Delivery"
pub fn interrupt_window_ends_halt() -> bool {
    true
}

/// `vmx.window-opens`
///
/// Whether NMI-window exiting exits at a boundary. The manual leaves it open in the shadow of STI.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
pub fn nmi_window_is_open(virtual_blocking: bool, shadow: Shadow) -> Allowed<bool> {
    match shadow {
        _ if virtual_blocking => Allowed::NO,
        Shadow::None => Allowed::YES,
        Shadow::Sti => Allowed::MAY,
        Shadow::MovSs | Shadow::Either => Allowed::NO,
    }
}

/// `vmx.window-ends-halt`
///
/// Whether an NMI window that is open exits from HLT.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 25.2 "Other Causes of VM Exits"
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.6 "NMI-Window Exiting"
pub fn nmi_window_ends_halt() -> bool {
    true
}

/// `vmx.unblocking-due-to-iret`
///
/// Bit 12 of the VM-exit interruption information of a fault. The manual leaves it open for a double fault, for an exit in a
/// delivery, and with NMI exiting and without virtual NMIs. `undefined`: one of the first two; `iret`: IRET raised the fault;
/// `blocked`: NMIs, or virtual ones if there are any, were blocked before the instruction.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 27.2.2 "Information for VM Exits Due to Vectored Events"
pub fn unblocking_is_told(controls: NmiControls, undefined: bool, iret: bool, blocked: bool) -> Allowed<bool> {
    if undefined || controls.exiting && !controls.virtual_nmis { Allowed::MAY } else { Allowed::only(iret && blocked) }
}
