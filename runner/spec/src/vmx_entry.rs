//! VM entry on Intel's processors: what VMLAUNCH and VMRESUME check that concerns NMIs, and what they leave if a check fails.
//!
//! L1 is the hypervisor that the case writes, L2 its guest. What L1 injects is in [`crate::vmx_injection`], what happens to NMIs in
//! L2 and at its exits in [`crate::vmx_events`].

use x86::vector;
use x86::vmx::{Interruptibility, Interruption, Misc, activity, interruption, pending_debug};

use crate::{Allowed, Shadow};

/// The controls that decide about NMIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NmiControls {
    /// NMI exiting.
    pub exiting: bool,
    /// Virtual NMIs.
    pub virtual_nmis: bool,
    /// NMI-window exiting.
    pub window: bool,
}

/// `vmx.mov-ss-refuses-entry`
///
/// Whether VM entry is refused, with error 26, because of what blocks events in L1.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.1 "Basic VM-Entry Checks"
pub fn shadow_refuses_entry(shadow: Shadow) -> bool {
    matches!(shadow, Shadow::MovSs | Shadow::Either)
}

/// `vmx.virtual-nmis-need-exiting`, `vmx.window-needs-virtual-nmis`
///
/// Whether the controls are consistent with each other; else VM entry is refused with error 7.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.2.1.1 "VM-Execution Control Fields"
pub fn nmi_controls_are_valid(controls: NmiControls) -> bool {
    (controls.exiting || !controls.virtual_nmis) && (controls.virtual_nmis || !controls.window)
}

/// `vmx.injected-event-is-checked`
///
/// Whether the fields of the event to inject, whose valid bit is set, are consistent; else VM entry is refused with error 7.
/// This is for a processor without the monitor trap flag, and leaves out the lengths of software events and which exceptions have
/// an error code.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.2.1.3 "VM-Entry Control Fields"
pub fn vmx_injection_is_valid(event: Interruption) -> bool {
    let reserved = event.unblocking() || event.reserved() != 0;
    let fits = match event.kind() {
        interruption::NMI => event.vector() == vector::NMI && !event.has_error_code(),
        interruption::EXCEPTION => event.vector() < vector::ARCHITECTURAL,
        interruption::EXTERNAL | interruption::SOFTWARE => !event.has_error_code(),
        interruption::PRIVILEGED | interruption::SOFTWARE_EXCEPTION => !event.has_error_code(),
        _ => false,
    };
    fits && !reserved
}

/// `vmx.vmfail-changes-nothing`
///
/// Whether NMIs are blocked after a VM entry that ended in VMfail.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.2 "Checks on VMX Controls and Host-State Area"
pub fn blocked_after_vmfail(before: bool) -> bool {
    before
}

/// `vmx.vmfail-changes-nothing`
///
/// Whether the event to inject is still there after a VM entry that ended in VMfail.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.2 "Checks on VMX Controls and Host-State Area"
pub fn vmfail_keeps_injection() -> bool {
    true
}

/// `vmx.interruptibility-is-checked`
///
/// Whether L2 can begin with this interruptibility state; else VM entry fails. This is for a processor outside of SMM, where nothing
/// blocks by SMI, and without SGX, so that no enclave is interrupted.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn interruptibility_is_valid(state: Interruptibility, interrupts_enabled: bool) -> bool {
    let shadow = !(state.sti() && state.mov_ss()) && (interrupts_enabled || !state.sti());
    shadow && !state.smi() && !state.enclave() && state.reserved() == 0
}

/// `vmx.injected-nmi-meets-shadow`
///
/// Whether an NMI can be injected into L2 in this shadow; else VM entry fails. The manual leaves it open for that of STI.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn nmi_is_injected_in_shadow(state: Interruptibility) -> Allowed<bool> {
    match (state.mov_ss(), state.sti()) {
        (true, _) => Allowed::NO,
        (false, true) => Allowed::MAY,
        (false, false) => Allowed::YES,
    }
}

/// `vmx.injected-nmi-meets-blocking`
///
/// Whether an NMI can be injected into L2 with this interruptibility state; else VM entry fails.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn nmi_is_injected_while_blocked(state: Interruptibility, controls: NmiControls) -> bool {
    !(controls.virtual_nmis && state.nmi())
}

/// `vmx.activity-is-checked`
///
/// Whether the processor, whose IA32_VMX_MISC is `misc`, supports this activity state; else VM entry fails.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn activity_is_supported(state: u32, misc: Misc) -> bool {
    match state {
        activity::ACTIVE => true,
        activity::HLT => misc.activity_hlt(),
        activity::SHUTDOWN => misc.activity_shutdown(),
        activity::WAIT_FOR_SIPI => misc.activity_wait_for_sipi(),
        _ => false,
    }
}

/// `vmx.activity-is-checked`
///
/// Whether L2 can begin in this activity state, one that the processor supports, with this DPL of SS; else VM entry fails.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn activity_is_valid(state: u32, interruptibility: Interruptibility, ss_dpl: u8) -> bool {
    let level = state != activity::HLT || ss_dpl == 0;
    level && (state == activity::ACTIVE || !(interruptibility.sti() || interruptibility.mov_ss()))
}

/// `vmx.injected-nmi-meets-activity`
///
/// Whether an NMI can be injected into L2 in this activity state; else VM entry fails.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn nmi_is_injected_into(state: u32) -> bool {
    state != activity::WAIT_FOR_SIPI
}

/// `vmx.pending-debug-is-checked`
///
/// Whether L2 can begin with these pending debug exceptions; else VM entry fails. `traps`: each instruction of L2 ends with a
/// single step, for RFLAGS.TF is 1 and IA32_DEBUGCTL.BTF 0.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn pending_debug_is_valid(pending: u64, traps: bool, state: Interruptibility, active: u32) -> bool {
    let single_step = pending & pending_debug::SINGLE_STEP != 0;
    let compared = state.sti() || state.mov_ss() || active == activity::HLT;
    pending & pending_debug::RESERVED == 0 && (!compared || single_step == traps)
}

/// `vmx.shadow-is-saved`
///
/// The shadow in which L2 begins: that of the interruptibility state, whatever shadow L1 is in.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.6.1 "Interruptibility State"
/// - Intel SDM 325384 rev. 059 vol. 3, 27.3.4 "Saving Non-Register State"
pub fn vmx_shadow_loaded(state: Interruptibility) -> Shadow {
    match (state.sti(), state.mov_ss()) {
        (true, _) => Shadow::Sti,
        (false, true) => Shadow::MovSs,
        (false, false) => Shadow::None,
    }
}

/// `vmx.entry-failure-keeps-blocking`
///
/// Whether NMIs are blocked in L1 after a VM entry that failed because of L2's state.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.7 "VM-Entry Failures During or After Loading Guest State"
pub fn blocked_after_entry_failure(before: bool) -> bool {
    before
}

/// `vmx.entry-failure-keeps-blocking`
///
/// Whether the event to inject is still there after a VM entry that failed because of L2's state.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.7 "VM-Entry Failures During or After Loading Guest State"
pub fn entry_failure_keeps_injection() -> bool {
    true
}
