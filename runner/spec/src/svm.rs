//! Guest hypervisors on AMD's processors: the global interrupt flag, VMRUN, and what is taken in L2 or exits.
//!
//! L1 is the hypervisor that the case writes, L2 its guest. Intercepts and what an exit saves are in [`crate::svm_exit`], what L1
//! injects in [`crate::injection`], what is virtual in [`crate::vnmi`].

use x86::svm::IntCtl;

use crate::boundary::EventClass;
use crate::{Allowed, Shadow};

/// `svm.gif-holds`
///
/// Whether GIF = 0 holds an event back until GIF is set: SMIs, NMIs and interrupts are held, single-step traps are taken.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
pub fn gif_holds(class: EventClass) -> bool {
    class != EventClass::Trap
}

/// `svm.gif-discards-breakpoints`
///
/// Whether a match of a breakpoint register is discarded while GIF is 0.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
pub fn gif_discards_breakpoints() -> bool {
    true
}

/// `svm.vmrun-sets-gif`
///
/// VMRUN sets GIF.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.5.1 "Basic Operation"
pub fn vmrun_sets_gif() -> bool {
    true
}

/// `svm.exit-clears-gif`
///
/// Each #VMEXIT clears GIF, also the one of a VMRUN whose VMCB is not consistent.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.6 "#VMEXIT"
pub fn exit_clears_gif() -> bool {
    true
}

/// `svm.intercepted-nmi-stays-pending`
///
/// An NMI that exits stays pending: L1 takes it once GIF is set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
pub fn intercepted_nmi_stays_pending() -> bool {
    true
}

/// `svm.guest-takes-nmi`
///
/// A physical NMI is taken by L2, through its own IDT, if it is not intercepted; else it exits.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
pub fn guest_takes_nmi(intercepted: bool) -> bool {
    !intercepted
}

/// `svm.pending-at-vmrun`
///
/// An NMI that waits when VMRUN executes is recognized before L2's first instruction.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.5.1 "Basic Operation"
pub fn pending_at_vmrun_goes_first() -> bool {
    true
}

/// `svm.mask-survives-vmrun-and-exit`
///
/// Whether NMIs are blocked after VMRUN or #VMEXIT: neither is an IRET, so the blocking stays as it was.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
pub fn blocked_after_switch(blocked: bool) -> bool {
    blocked
}

/// `svm.gif-depth`
///
/// How many NMIs are held at most while GIF is 0. The manual gives no number.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
pub fn held_while_gif_is_clear() -> Allowed<u32> {
    Allowed::any_of(&[1, 2])
}

/// `svm.guest-takes-nmi`, `svm.iret-in-guest-under-host-mask`
///
/// Whether an IRET of L2 ends blocking: that of an NMI which L2 took. Of the blocking in which L1 executed VMRUN the manual does not
/// say it. `in_guest`: blocking began in L2.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
pub fn guest_iret_ends_blocking(in_guest: bool) -> Allowed<bool> {
    if in_guest { Allowed::YES } else { Allowed::MAY }
}

/// `svm.masked-nmi-exit`
///
/// Whether an NMI that is intercepted exits while NMIs are blocked. The manual does not say.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.2 "NMI Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
pub fn blocked_nmi_exits() -> Allowed<bool> {
    Allowed::MAY
}

/// `svm.interrupt-exit-in-shadow`
///
/// Whether an interrupt shadow holds an exit for an interrupt back. The manual does not say.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13.1 "INTR Intercept"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
pub fn shadow_holds_interrupt_intercept(shadow: Shadow) -> Allowed<bool> {
    if shadow == Shadow::None { Allowed::NO } else { Allowed::MAY }
}

/// `svm.interrupt-masking`
///
/// Whether physical interrupts are enabled in L2: by L1's RFLAGS.IF at VMRUN with V_INTR_MASKING, else by that of L2.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13 "Interrupt Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.1 "Physical (INTR) Interrupt Masking in EFLAGS"
pub fn physical_interrupts_are_enabled(v_intr_masking: bool, in_l1: bool, in_l2: bool) -> bool {
    if v_intr_masking { in_l1 } else { in_l2 }
}

/// `svm.interrupt-masking`
///
/// An interrupt that is intercepted exits only while physical interrupts are enabled.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13 "Interrupt Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.1 "Physical (INTR) Interrupt Masking in EFLAGS"
pub fn intercepted_interrupt_exits(enabled: bool) -> bool {
    enabled
}

/// `svm.interrupt-masking`
///
/// An interrupt that exits stays pending: L1 takes it once GIF and RFLAGS.IF are set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.13 "Interrupt Intercepts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.1 "Physical (INTR) Interrupt Masking in EFLAGS"
pub fn intercepted_interrupt_stays_pending() -> bool {
    true
}

/// `svm.virtual-interrupt`
///
/// A virtual interrupt that is pending is taken, or exits if VINTR is intercepted, if V_TPR lets it through, RFLAGS.IF and GIF are set
/// and there is no shadow. `gif`: GIF, and the virtual one if it is enabled.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.4 "Injecting Virtual (INTR) Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.6 "Virtual Interrupt Intercept"
pub fn virtual_interrupt_is_taken(control: IntCtl, gif: bool, interrupts_enabled: bool, shadow: Shadow) -> bool {
    let waits = control.v_irq() && (control.v_ign_tpr() || control.v_intr_prio() > control.v_tpr());
    waits && gif && interrupts_enabled && shadow == Shadow::None
}

/// `svm.virtual-interrupt`
///
/// A virtual interrupt that would be taken exits if VINTR is intercepted.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.4 "Injecting Virtual (INTR) Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.6 "Virtual Interrupt Intercept"
pub fn virtual_interrupt_exits(intercepted: bool) -> bool {
    intercepted
}

/// `svm.virtual-interrupt`
///
/// Whether V_IRQ stays set: if the virtual interrupt exits; taking it clears V_IRQ before the IDT is read.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.4 "Injecting Virtual (INTR) Interrupts"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.6 "Virtual Interrupt Intercept"
pub fn virtual_interrupt_stays_pending(exits: bool) -> bool {
    exits
}

/// `svm.vmrun-single-steps`
///
/// Whether VMRUN ends, behind the exit, with a single-step trap: as any instruction, if L1's RFLAGS.TF was set.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.5.1 "Basic Operation"
pub fn vmrun_single_steps(flag: bool) -> bool {
    flag
}

/// `svm.guest-clgi-stgi`
///
/// CLGI and STGI in L2, neither intercepted nor with a virtual GIF, change GIF itself.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.17 "Global Interrupt Flag, STGI and CLGI Instructions"
pub fn guest_changes_gif() -> bool {
    true
}

/// What can be taken at a boundary of L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestEvent {
    /// A physical event, or a trap of L2's previous instruction.
    Own(EventClass),
    /// A virtual NMI.
    VirtualNmi,
    /// A virtual interrupt.
    VirtualInterrupt,
}

/// `svm.order-at-boundary`, `vnmi.physical-first`
///
/// The order in which events of one boundary of L2 are taken or exit: as without L1, the virtual ones after the physical ones
/// of their class.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
pub fn guest_priorities() -> [GuestEvent; 6] {
    [
        GuestEvent::Own(EventClass::Smi),
        GuestEvent::Own(EventClass::Trap),
        GuestEvent::Own(EventClass::Nmi),
        GuestEvent::VirtualNmi,
        GuestEvent::Own(EventClass::Interrupt),
        GuestEvent::VirtualInterrupt,
    ]
}

/// `svm.shadow-saved`
///
/// The shadow with which L2 begins: that of INTERRUPT_SHADOW, whatever shadow L1 is in.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.5 "Interrupt Shadows"
pub fn shadow_loaded(field: bool) -> Shadow {
    if field { Shadow::Either } else { Shadow::None }
}

/// What VMRUN finds in the VMCB, as far as it checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    /// VMRUN is intercepted.
    pub intercepts_vmrun: bool,
    /// The address space identifier.
    pub asid: u32,
    /// EFER.SVME.
    pub svme: bool,
    /// CR0.NW.
    pub not_write_through: bool,
    /// CR0.CD.
    pub cache_disable: bool,
}

/// `svm.consistency`
///
/// Whether VMRUN enters L2; else it exits with VMEXIT_INVALID.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.5.1 "Basic Operation"
pub fn entry_is_consistent(controls: &Controls) -> bool {
    controls.intercepts_vmrun
        && controls.asid != 0
        && controls.svme
        && (controls.cache_disable || !controls.not_write_through)
}
