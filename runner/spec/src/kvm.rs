//! What KVM's interface promises beside the manuals: how many NMIs it holds, and what KVM_GET_VCPU_EVENTS and
//! KVM_SET_VCPU_EVENTS tell and change.

use x86::vmx::Interruptibility;

use crate::vmx_entry::{self, NmiControls};
use crate::{Allowed, Nmi, Shadow, Vendor};

/// What KVM remembers of NMIs in addition to a processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// How many have arrived and are not yet processed: `nmi_queued`.
    pub queued: u32,
    /// A delivery to be completed before anything else: `nmi_injected`.
    pub injected: bool,
}

/// What KVM_GET_VCPU_EVENTS reports of NMIs and the interrupt shadow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// `nmi.injected`.
    pub injected: bool,
    /// `nmi.pending`.
    pub pending: u8,
    /// `nmi.masked`.
    pub masked: bool,
    /// `interrupt.shadow`.
    pub shadow: Shadow,
}

/// `pending.latch-depth`, `pending.kvm-two-at-once`, `pending.kvm-holds-one-while-blocked`, `events.two-can-be-pending`,
/// `events.one-is-pending-while-blocked`, `path.sent-while-blocked`, `smm.kvm-one-of-several`
///
/// How many NMIs are held at most: one while NMIs are blocked or one is being injected, two otherwise, because of two that arrive
/// together the processor takes the first at once and latches the second. (The manuals give no number.)
///
/// - AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 "Masking External Interrupts"
/// - Intel SDM 325384 rev. 059 vol. 3, 34.8 "NMI Handling While in SMM"
/// - Intel SDM 325384 rev. 059 vol. 3, 6.7.1 "Handling Multiple NMIs"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "process_nmi"
pub fn held_at_most(nmi: &Nmi, injected: bool) -> u32 {
    if nmi.blocked || injected { 1 } else { 2 }
}

/// `pending.kvm-two-at-once`, `pending.kvm-holds-one-while-blocked`, `events.look-changes-nothing`
///
/// How many are held once `arrived` more have come; those beyond `at_most` collapse. If none came, all that are held stay, even
/// if fewer could be held by now.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "process_nmi"
pub fn nmis_collapsed(held: u32, arrived: u32, at_most: u32) -> u32 {
    if arrived == 0 { held } else { held.saturating_add(arrived).min(at_most) }
}

/// `events.masked-is-blocking`, `block.kvm-masked`, `events.delivered-is-not-pending`, `events.look-changes-nothing`
///
/// What KVM_GET_VCPU_EVENTS reports: what is held, what is being injected, whether NMIs are blocked, and the shadow.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/smm.c "enter_smm"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "process_nmi"
pub fn events_told(vendor: Vendor, nmi: &Nmi, injected: bool, shadow: Shadow) -> Events {
    Events {
        injected,
        pending: u8::try_from(nmi.pending).unwrap_or(u8::MAX),
        masked: nmi.blocked,
        shadow: shadow_told(vendor, shadow),
    }
}

/// `shadow.kvm-saved`
///
/// The shadow that is reported: AMD's processors have one bit for both kinds.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
pub fn shadow_told(vendor: Vendor, shadow: Shadow) -> Shadow {
    match (vendor, shadow) {
        (Vendor::Amd, Shadow::Sti | Shadow::MovSs) => Shadow::Either,
        _ => shadow,
    }
}

/// `events.look-changes-nothing`
///
/// How many NMIs are held after KVM_GET_VCPU_EVENTS: as many as before.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "process_nmi"
pub fn held_after_look(nmi: &Nmi) -> u32 {
    nmi.pending
}

/// `events.written-pending-replaces`, `events.round-trip-changes-nothing`, `events.masked-is-blocking`,
/// `events.injected-is-delivered`
///
/// What is remembered after KVM_SET_VCPU_EVENTS: what is written replaces what was there. A count that differs from the last one
/// read counts as new arrivals, limited to what can be held by then; one that is merely written back stays. `seen`: what
/// was read last; `written`: what is written.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_check_and_inject_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
pub fn events_written(seen: &Events, written: &Events) -> (Nmi, Queue) {
    let same = (seen.injected, seen.pending, seen.masked) == (written.injected, written.pending, written.masked);
    let count = written.pending.into();
    let (pending, queued) = if same { (count, 0) } else { (0, count) };
    (Nmi { pending, blocked: written.masked }, Queue { queued, injected: written.injected })
}

/// `events.injected-is-delivered`
///
/// An NMI that is injected goes before everything that waits for a boundary.
///
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_check_and_inject_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
pub fn injected_nmi_goes_first() -> bool {
    true
}

/// `shadow.kvm-set-replaces`, `events.shadow-is-kept`
///
/// The shadow after KVM_SET_VCPU_EVENTS. AMD's processors have one bit, which does not tell the kinds apart; if both
/// are written, kvm_intel takes that of MOV SS.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
pub fn shadow_written(vendor: Vendor, shadow: Shadow) -> Shadow {
    match (vendor, shadow) {
        (_, Shadow::None) => Shadow::None,
        (Vendor::Amd, _) => Shadow::Either,
        (Vendor::Intel, Shadow::Either) => Shadow::MovSs,
        (Vendor::Intel, shadow) => shadow,
    }
}

/// `events.none-pending-wakes-nothing`, `events.pending-wakes-a-halt`
///
/// Whether KVM_SET_VCPU_EVENTS by itself ends a halt: only an NMI that it makes pending does, once it is taken.
///
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.38 "KVM_GET_MP_STATE"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_has_events"
pub fn writing_ends_halt() -> bool {
    false
}

/// `events.survive-a-fresh-machine`, `shadow.kvm-saved`
///
/// What migration carries over: all that KVM_GET_VCPU_EVENTS reported.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - KVM API 7.3.4, 4.32 "KVM_SET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_set_vcpu_events"
pub fn events_carried_over(told: Events) -> Events {
    told
}

/// `shadow.kvm-none-after-delivery`
///
/// The shadow after the delivery of an event.
///
/// - KVM API 7.3.4, 4.31 "KVM_GET_VCPU_EVENTS"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_x86_get_vcpu_events"
pub fn shadow_after_delivery() -> Shadow {
    Shadow::None
}

/// `path.hardware-disabled-apic-pin`
///
/// Whether KVM_NMI reaches a processor whose local APIC is disabled in its base register: it stands for the NMI pin.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 6.3.1 "External Interrupts"
/// - KVM API 7.3.4, 4.64 "KVM_NMI"
/// - Linux 7.3.4, arch/x86/kvm/x86.c "kvm_vcpu_ioctl_nmi"
pub fn pin_needs_no_apic() -> bool {
    true
}

/// Why a VM entry is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The shadow of STI with RFLAGS.IF clear.
    StiShadowWithoutInterrupts,
    /// An injected NMI while NMIs are blocked.
    InjectedWhileBlocked,
    /// An injected NMI in an interrupt shadow.
    InjectedInShadow,
}

/// `vmx.interruptibility-is-checked`, `vmx.injected-nmi-meets-shadow`, `vmx.injected-nmi-meets-blocking`
///
/// Why a VM entry may fail with what KVM_SET_VCPU_EVENTS left: Intel's processors check it, as far as they do with virtual NMIs. No
/// guest reaches such a state by itself.
///
/// - Intel SDM 325384 rev. 059 vol. 3, 26.3.1.5 "Checks on Guest Non-Register State"
pub fn refused_entry(
    vendor: Vendor,
    blocked: bool,
    injected: bool,
    shadow: Shadow,
    interrupts_enabled: bool,
) -> Option<Refusal> {
    if vendor == Vendor::Amd {
        return None;
    }
    let (sti, mov_ss) = (shadow == Shadow::Sti, matches!(shadow, Shadow::MovSs | Shadow::Either));
    let state = Interruptibility::new().with_sti(sti).with_mov_ss(mov_ss).with_nmi(blocked);
    let controls = NmiControls { exiting: true, virtual_nmis: true, window: false };
    if !vmx_entry::interruptibility_is_valid(state, interrupts_enabled) {
        return Some(Refusal::StiShadowWithoutInterrupts);
    }
    if injected && vmx_entry::nmi_is_injected_in_shadow(state) != Allowed::YES {
        return Some(Refusal::InjectedInShadow);
    }
    let fails = injected && !vmx_entry::nmi_is_injected_while_blocked(state, controls);
    fails.then_some(Refusal::InjectedWhileBlocked)
}
