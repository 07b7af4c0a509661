use std::cell::Cell;

use spec::Nmi;
use spec::boundary::nmi_is_taken;
use spec::context::Boundary;

super::mutants! {
    BlockedNmiLost, "blocked-nmi-lost" breaks ["pending.one-is-held"] on BOTH:
        "an NMI that arrives while NMIs are blocked is lost" {
        fn blocked_nmis_are_held(&self) -> bool {
            false
        }
    }

    TwoSendersCollapse(last: Cell<Option<bool>>), "two-senders-collapse" breaks ["path.blocking-per-processor"] on BOTH:
        "NMIs of two senders that arrive together are one" {
        fn sent_nmi_counts(&self, queued: u32, by_itself: bool) -> bool {
            !differs(&self.last, by_itself) || queued == 0
        }
    }

    OthersNmiNests(last: Cell<Option<bool>>, nests: Cell<bool>), "others-nmi-nests" breaks ["path.blocking-per-processor"] on BOTH:
        "an NMI from another processor nests in the handler of one that the processor sent itself" {
        fn sent_nmi_counts(&self, _: u32, by_itself: bool) -> bool {
            if differs(&self.last, by_itself) && !by_itself {
                self.nests.set(true);
            }
            true
        }

        fn nmi_is_taken(&self, nmi: &Nmi, _: &Boundary, shadow_blocks: bool) -> bool {
            let blocked = nmi.blocked && !self.nests.get();
            let taken = nmi_is_taken(&Nmi { blocked, ..*nmi }, shadow_blocks);
            if taken {
                self.nests.set(false);
            }
            taken
        }
    }
}

/// Whether the sender is another one than the last.
fn differs(last: &Cell<Option<bool>>, by_itself: bool) -> bool {
    last.replace(Some(by_itself)).is_some_and(|last| last != by_itself)
}
