//! Mistakes with what KVM's interface promises of events.

use spec::kvm::{Events, Queue, events_told, events_written, held_at_most};
use spec::{Nmi, Shadow, Vendor};

super::mutants! {
    SecondNmiLost, "second-nmi-lost" breaks ["pending.kvm-two-at-once"] on BOTH:
        "of two NMIs raised at once while unblocked only one is delivered" {
        fn held_at_most(&self, _: &Nmi, _: bool) -> u32 {
            1
        }
    }

    AnyNumberQueued, "any-number-queued" breaks ["pending.kvm-two-at-once", "pending.kvm-holds-one-while-blocked"] on BOTH:
        "every NMI raised is delivered, however many are waiting" {
        fn held_at_most(&self, _: &Nmi, _: bool) -> u32 {
            255
        }
    }

    TwoHeldWhileBlocked, "two-held-while-blocked" breaks ["pending.kvm-holds-one-while-blocked"] on BOTH:
        "two NMIs are held while NMIs are blocked" {
        fn held_at_most(&self, _: &Nmi, _: bool) -> u32 {
            2
        }
    }

    TenCollapseIntoNone, "ten-collapse-into-none" breaks ["pending.kvm-two-at-once", "pending.kvm-holds-one-while-blocked"] on BOTH:
        "when more NMIs arrive than can be held, none is held" {
        fn nmis_collapsed(&self, held: u32, arrived: u32, at_most: u32) -> u32 {
            let sum = held.saturating_add(arrived);
            if arrived > 0 && sum > at_most { 0 } else { sum }
        }
    }

    SetEventsWakesHalted, "set-events-wakes-halted" breaks ["events.none-pending-wakes-nothing"] on BOTH:
        "KVM_SET_VCPU_EVENTS ends HLT" {
        fn writing_ends_halt(&self) -> bool {
            true
        }
    }

    SetEventsIgnoresMasked, "set-events-ignores-masked" breaks ["events.masked-is-blocking"] on BOTH:
        "KVM_SET_VCPU_EVENTS does not change nmi.masked" {
        fn events_written(&self, nmi: &Nmi, _: &Queue, seen: &Events, written: &Events) -> (Nmi, Queue) {
            let (after, queue) = events_written(seen, written);
            (Nmi { blocked: nmi.blocked, ..after }, queue)
        }
    }

    SetEventsIgnoresInjected, "set-events-ignores-injected" breaks ["events.injected-is-delivered"] on BOTH:
        "KVM_SET_VCPU_EVENTS does not take nmi.injected" {
        fn events_written(&self, _: &Nmi, queue: &Queue, seen: &Events, written: &Events) -> (Nmi, Queue) {
            let (nmi, after) = events_written(seen, written);
            (nmi, Queue { injected: queue.injected, ..after })
        }
    }

    SetEventsLosesSecondPending, "set-events-loses-second-pending" breaks ["events.two-can-be-pending"] on BOTH:
        "KVM_SET_VCPU_EVENTS takes nmi.pending as yes or no" {
        fn events_written(&self, _: &Nmi, _: &Queue, seen: &Events, written: &Events) -> (Nmi, Queue) {
            let (nmi, queue) = events_written(seen, written);
            (Nmi { pending: 0, ..nmi }, Queue { queued: written.pending.min(1).into(), ..queue })
        }
    }

    SetEventsAddsPending, "set-events-adds-pending" breaks ["events.written-pending-replaces"] on BOTH:
        "KVM_SET_VCPU_EVENTS adds to what is pending" {
        fn events_written(&self, before: &Nmi, _: &Queue, seen: &Events, written: &Events) -> (Nmi, Queue) {
            let (nmi, queue) = events_written(seen, written);
            let queued = u32::from(written.pending).saturating_add(before.pending);
            (Nmi { pending: 0, ..nmi }, Queue { queued, ..queue })
        }
    }

    SetEventsLosesShadow, "set-events-loses-shadow" breaks ["events.shadow-is-kept"] on BOTH:
        "KVM_SET_VCPU_EVENTS clears the interrupt shadow" {
        fn shadow_written(&self, _: Vendor, _: Shadow) -> Shadow {
            Shadow::None
        }
    }

    LookLosesPending, "look-loses-pending" breaks ["events.look-changes-nothing"] on BOTH:
        "KVM_GET_VCPU_EVENTS drops what is pending" {
        fn held_after_look(&self, _: &Nmi, _: bool) -> u32 {
            0
        }
    }

    LookClampsHeld, "look-clamps-held" breaks ["events.look-changes-nothing"] on BOTH:
        "KVM_GET_VCPU_EVENTS drops what is held beyond what could be held at that moment" {
        fn events_told(&self, vendor: Vendor, nmi: &Nmi, injected: bool, shadow: Shadow) -> Events {
            events_told(vendor, &Nmi { pending: clamped(nmi, injected), ..*nmi }, injected, shadow)
        }

        fn held_after_look(&self, nmi: &Nmi, injected: bool) -> u32 {
            clamped(nmi, injected)
        }
    }

    PendingReadsBlocked, "pending-reads-blocked" breaks ["events.delivered-is-not-pending"] on BOTH:
        "nmi.pending reports whether NMIs are blocked" {
        fn events_told(&self, vendor: Vendor, nmi: &Nmi, injected: bool, shadow: Shadow) -> Events {
            events_told(vendor, &Nmi { pending: nmi.blocked.into(), ..*nmi }, injected, shadow)
        }
    }

    MigrateLosesPending, "migrate-loses-pending" breaks ["events.survive-a-fresh-machine"] on BOTH:
        "a pending NMI is lost in migration" {
        fn events_carried_over(&self, told: Events) -> Events {
            Events { pending: 0, ..told }
        }
    }

    MigrateLosesBlocking, "migrate-loses-blocking" breaks ["events.survive-a-fresh-machine"] on BOTH:
        "NMI blocking is lost in migration" {
        fn events_carried_over(&self, told: Events) -> Events {
            Events { masked: false, ..told }
        }
    }

    MigrateLosesShadow, "migrate-loses-shadow" breaks ["shadow.kvm-saved"] on BOTH:
        "the interrupt shadow is lost in migration" {
        fn events_carried_over(&self, told: Events) -> Events {
            Events { shadow: Shadow::None, ..told }
        }
    }
}

fn clamped(nmi: &Nmi, injected: bool) -> u32 {
    nmi.pending.min(held_at_most(nmi, injected))
}
