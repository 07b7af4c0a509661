//! How many NMIs are held.

use super::super::Mutant;
use super::{Nmi, Rules};

impl Rules {
    /// An NMI arrives, from whatever source: it is noted at once and looked at before the next instruction.
    /// KVM API document, "KVM_NMI"; Intel SDM vol. 3, section 6.7 "Nonmaskable Interrupt (NMI)".
    pub(crate) fn raise(self, nmi: &mut Nmi, count: u32) {
        nmi.queued = nmi.queued.saturating_add(count);
    }

    /// An NMI arrives that a processor sent, this one or another: who sent it does not matter. Returns whether it counts.
    /// (A mutant's hook.)
    pub(crate) fn sent(self, nmi: &mut Nmi, own: bool) -> bool {
        let other_than_last = nmi.memory.last_sent_itself.replace(own).is_some_and(|last| last != own);
        if self.is(Mutant::OthersNmiNests) && other_than_last && !own {
            nmi.blocked = false;
        }
        !(self.is(Mutant::TwoSendersCollapse) && other_than_last && nmi.queued > 0)
    }

    /// How many NMIs can be held: one while NMIs are blocked or one is being delivered, two otherwise, because of two
    /// that arrive together the processor takes the first at once and latches the second.
    /// KVM's process_nmi. The manuals give no number: Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs"; AMD APM
    /// vol. 2, section 8.1.4 "Masking External Interrupts".
    pub(super) fn limit(self, nmi: &Nmi) -> u32 {
        match self.mutant {
            Some(Mutant::AnyNumberQueued) => 255,
            Some(Mutant::SecondNmiLost) => 1,
            Some(Mutant::TwoHeldWhileBlocked) => 2,
            _ if nmi.blocked || nmi.injected => 1,
            _ => 2,
        }
    }

    /// What arrived since the last boundary joins what is held; more than can be held collapse. If nothing arrived, all that
    /// is held stays, also where less could be held by now: two that came before an SMI are two behind its RSM.
    /// (KVM's process_nmi then takes the minimum, too: finding 35.) KVM's process_nmi; Intel SDM vol. 3, section 6.7.1 "Handling Multiple NMIs".
    pub(crate) fn collect(self, nmi: &mut Nmi) {
        let arrived = std::mem::take(&mut nmi.queued);
        let limit = self.limit(nmi);
        if arrived == 0 {
            return;
        }
        if self.is(Mutant::BlockedNmiLost) && nmi.blocked {
            return;
        }
        let sum = nmi.pending.saturating_add(arrived);
        nmi.pending = if self.is(Mutant::TenCollapseIntoNone) && sum > limit { 0 } else { sum.min(limit) };
    }
}
