use super::super::Mutant;
use crate::terms::Vendor;

/// Whose rules, and which one of them is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub vendor: Vendor,
    pub mutant: Option<Mutant>,
}

impl Rules {
    /// Whether this mutant is on.
    pub(super) fn is(self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

/// What a processor (with KVM around it) remembers of NMIs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nmi {
    /// Raised and not yet looked at.
    pub queued: u32,
    /// Held: KVM's `nmi.pending`.
    pub pending: u32,
    /// Blocked until IRET: KVM's `nmi.masked`.
    pub blocked: bool,
    /// A delivery to be completed before anything else: KVM's `nmi.injected`.
    pub injected: bool,
    /// What only mutants need.
    pub memory: Memory,
}

/// What mutants remember; no rule of the manuals reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Vectors of the handlers entered and not yet left by IRET, the innermost last.
    pub entered: Vec<u8>,
    /// Boundaries to go until NMIs are unblocked.
    pub unblock_in: u8,
    /// Boundaries to go until a shadow ends.
    pub shadow_more: u8,
    /// An NMI is held until the host does something.
    pub stuck: bool,
    /// An NMI waited in a shadow or behind blocking.
    pub waited: bool,
    /// One did before it.
    pub waited_before: bool,
    /// Whether this processor sent the last NMI itself that a processor sent.
    pub last_sent_itself: Option<bool>,
    /// Address of the HLT that the processor sits in.
    pub hlt: Option<u64>,
}

/// How many entered handlers are remembered.
pub(super) const DEPTH: usize = 64;
