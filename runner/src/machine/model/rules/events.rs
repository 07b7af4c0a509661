//! What KVM_GET_VCPU_EVENTS tells and KVM_SET_VCPU_EVENTS changes (KVM API document, sections of these names).

use super::super::Mutant;
use super::{Nmi, Rules};
use crate::terms::{Events, EventsChange, Shadow, Vendor};

impl Rules {
    /// The host looks: what was raised is counted first; nothing else changes.
    pub(crate) fn look(self, nmi: &mut Nmi, shadow: Shadow, smm: bool, halted: bool) -> Events {
        self.collect(nmi);
        if self.is(Mutant::LookReleasesPending) {
            nmi.memory.stuck = false;
        }
        if self.is(Mutant::LookClampsHeld) {
            nmi.pending = nmi.pending.min(self.limit(nmi));
        }
        let pending = if self.is(Mutant::PendingReadsBlocked) { u32::from(nmi.blocked) } else { nmi.pending };
        let seen = Events {
            injected: nmi.injected,
            pending: u8::try_from(pending).unwrap_or(u8::MAX),
            masked: nmi.blocked,
            shadow: self.shadow_seen(shadow),
            smm,
            halted,
        };
        if self.is(Mutant::LookLosesPending) {
            nmi.pending = 0;
        }
        seen
    }

    /// The host sets: what it says replaces what was there. A count of its own is raised anew, so that it is held to the
    /// limit that the new blocking state sets; what it merely writes back goes on being held. Returns the new shadow.
    pub(crate) fn set(self, nmi: &mut Nmi, seen: Events, change: EventsChange) -> Shadow {
        if !self.is(Mutant::SetEventsIgnoresInjected) {
            nmi.injected = change.injected.unwrap_or(seen.injected);
        }
        if !self.is(Mutant::SetEventsIgnoresMasked) {
            nmi.blocked = change.masked.unwrap_or(seen.masked);
        }
        let pending = u32::from(change.pending.unwrap_or(seen.pending));
        let written_back = (nmi.injected, nmi.blocked, pending) == (seen.injected, seen.masked, seen.pending.into());
        (nmi.pending, nmi.queued) = match self.mutant {
            Some(Mutant::SetEventsLosesSecondPending) => (0, pending.min(1)),
            Some(Mutant::SetEventsAddsPending) => (0, pending.saturating_add(nmi.pending)),
            _ if written_back => (pending, 0),
            _ => (0, pending),
        };
        match change.shadow.unwrap_or(seen.shadow) {
            _ if self.is(Mutant::SetEventsLosesShadow) => Shadow::None,
            Shadow::None => Shadow::None,
            // One bit, of which only the loading instruction knew the kind.
            _ if self.vendor == Vendor::Amd => Shadow::Either,
            // KVM's vmx_set_interrupt_shadow: of both it takes this one.
            Shadow::Either => Shadow::MovSs,
            shadow => shadow,
        }
    }

    /// Why a VM entry refuses what KVM_SET_VCPU_EVENTS left; none if it does not. Only Intel's checks: STI's shadow needs
    /// RFLAGS.IF, and an NMI that is injected goes with neither shadow (STI's: "may", by processor) nor with blocking
    /// (where virtual NMIs are used). A guest comes to none of this by itself.
    /// Intel SDM vol. 3, section 26.3.1.5 "Checks on Guest Non-Register State".
    pub(crate) fn refuses_entry(self, nmi: &Nmi, shadow: Shadow, interrupts_enabled: bool) -> Option<&'static str> {
        match (self.vendor, shadow) {
            (Vendor::Amd, _) => None,
            (Vendor::Intel, Shadow::Sti) if !interrupts_enabled => Some("the shadow of STI with RFLAGS.IF clear"),
            (Vendor::Intel, _) if !nmi.injected => None,
            (Vendor::Intel, Shadow::None) => nmi.blocked.then_some("an injected NMI while NMIs are blocked"),
            (Vendor::Intel, _) => Some("an injected NMI in an interrupt shadow"),
        }
    }

    /// Whether setting events ends HLT: no.
    pub(crate) fn set_ends_halt(self) -> bool {
        self.is(Mutant::SetEventsWakesHalted)
    }

    /// What migration carries over: everything that KVM_GET_VCPU_EVENTS told.
    pub(crate) fn migrated(self, seen: Events) -> Events {
        match self.mutant {
            Some(Mutant::MigrateLosesPending) => Events { pending: 0, ..seen },
            Some(Mutant::MigrateLosesBlocking) => Events { masked: false, ..seen },
            Some(Mutant::MigrateLosesShadow) => Events { shadow: Shadow::None, ..seen },
            _ => seen,
        }
    }
}
