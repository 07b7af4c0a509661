//! NMIs that AMD's processors virtualize for L2: V_NMI and V_NMI_MASK, and the virtual GIF.

use x86::svm::IntCtl;

use crate::{Allowed, Shadow};

/// L2's virtual NMIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VirtualNmi {
    /// V_NMI: one is pending.
    pub pending: bool,
    /// V_NMI_MASK: they are blocked.
    pub masked: bool,
}

/// `vnmi.taken-when`, `vnmi.ends-hlt`
///
/// A virtual NMI that is pending is taken if it is not masked, GIF is set and there is no shadow; RFLAGS.IF and V_INTR_VECTOR do
/// not matter, and a halt ends with it. `gif`: GIF, and the virtual one if it is enabled.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn virtual_nmi_is_taken(nmi: VirtualNmi, gif: bool, shadow: Shadow) -> bool {
    nmi.pending && !nmi.masked && gif && shadow == Shadow::None
}

/// `vnmi.enable`
///
/// Whether L2 has virtual NMIs at all: V_NMI_ENABLE says so, and without it V_NMI and V_NMI_MASK mean nothing.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn virtual_nmis_are_used(enabled: bool) -> bool {
    enabled
}

/// `vnmi.taking-sets-mask`
///
/// What taking a virtual NMI leaves, from before the IDT is read: none is pending, and they are masked.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn virtual_nmi_taken() -> VirtualNmi {
    VirtualNmi { pending: false, masked: true }
}

/// `vnmi.saved-and-loaded`
///
/// What VMRUN loads: both bits as L1 wrote them.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn virtual_nmi_loaded(field: VirtualNmi) -> VirtualNmi {
    field
}

/// `vnmi.saved-and-loaded`
///
/// What an exit saves: both bits as they are.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn virtual_nmi_saved(nmi: VirtualNmi) -> VirtualNmi {
    nmi
}

/// `vnmi.iret-clears-mask`
///
/// An IRET of L2 clears V_NMI_MASK if it completes, whichever handler it ends.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
pub fn iret_clears_virtual_mask(completes: bool) -> bool {
    completes
}

/// `vnmi.not-by-int-2`
///
/// Whether INT 2 of L2 sets V_NMI_MASK: it does not, because it is not an NMI.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.2 "Vectors"
pub fn int_2_sets_virtual_mask() -> bool {
    false
}

/// `vnmi.exit-in-delivery`
///
/// Whether an exit in the delivery of a virtual NMI saves V_NMI_MASK as 0. The manual does not say it of one that L1 injects.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn exit_in_delivery_unmasks(injected: bool) -> Allowed<bool> {
    if injected { Allowed::MAY } else { Allowed::YES }
}

/// `vnmi.physical-first`
///
/// Whether V_NMI_MASK holds back a physical NMI: it does not, and the NMI exits as usual.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.5 "Priorities"
pub fn virtual_mask_holds_physical() -> bool {
    false
}

/// `vnmi.vgif`
///
/// Whether virtual events are enabled in L2: by GIF, and by the virtual GIF if there is one.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.33.2 "VGIF Behavior"
pub fn virtual_events_are_enabled(gif: bool, control: IntCtl) -> bool {
    gif && (control.v_gif() || !control.v_gif_enable())
}

/// `vnmi.vgif`
///
/// With a virtual GIF, CLGI and STGI in L2 change that one without an exit.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.33.2 "VGIF Behavior"
pub fn guest_changes_virtual_gif() -> bool {
    true
}

/// `vnmi.vgif`
///
/// Whether a virtual GIF of 0 holds virtual NMIs back.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.33.2 "VGIF Behavior"
pub fn virtual_gif_holds_virtual_nmis() -> bool {
    true
}

/// `vnmi.gif-intercepts`
///
/// The intercepts of CLGI and STGI exit, also if L2 has a virtual GIF, which then stays as it is.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.33.2 "VGIF Behavior"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn gif_instruction_exits(intercepted: bool) -> bool {
    intercepted
}

/// `vnmi.ends-hlt`
///
/// The intercept of an idle HLT exits if neither a virtual NMI (V_NMI) nor a virtual interrupt (V_IRQ) is pending.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.9 "Instruction Intercepts"
pub fn idle_hlt_exits(v_nmi: bool, v_irq: bool) -> bool {
    !v_nmi && !v_irq
}

/// `vnmi.eventinj-sets-mask`
///
/// With virtual NMIs, the injection of an NMI masks them.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn injection_sets_virtual_mask() -> bool {
    true
}

/// `vnmi.eventinj-while-masked`
///
/// Whether VMRUN delivers an NMI in EVENTINJ while V_NMI_MASK is set, or exits with VMEXIT_INVALID. The manual does not say.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn injection_while_masked_enters() -> Allowed<bool> {
    Allowed::MAY
}

/// `vnmi.injected-first`
///
/// An NMI that VMRUN injects goes before a virtual one that is pending.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.20 "Event Injection"
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn injected_before_virtual() -> bool {
    true
}

/// `vnmi.enable-needs-intercept`
///
/// VMRUN enters an L2 with virtual NMIs only if NMIs are intercepted.
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 15.21.10 "NMI Virtualization"
pub fn virtual_nmis_are_consistent(enabled: bool, nmi_intercepted: bool) -> bool {
    nmi_intercepted || !enabled
}
