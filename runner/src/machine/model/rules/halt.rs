//! HLT and NMIs.

use super::super::Mutant;
use super::{Boundary, Nmi, Rules, Taken};

impl Rules {
    /// What ends HLT: an event that is taken. A blocked NMI is not; it stays pending and the processor stays halted.
    /// Intel SDM vol. 2, "HLT-Halt" (an enabled interrupt ends it) and vol. 3, section 6.7.1 "Handling Multiple NMIs"; AMD
    /// APM vol. 3, "HLT-Halt" and vol. 2, section 8.1.4 "Masking External Interrupts" and section 8.2.3
    /// "NMI-Non-Maskable-Interrupt Exception (Vector 2)".
    pub(crate) fn ends_halt(self, taken: Option<Taken>, nmi: &Nmi, at: &Boundary) -> bool {
        taken.is_some() || (self.is(Mutant::HltBlockedNmiWakes) && at.halted && nmi.pending > 0)
    }

    /// The instruction pointer an NMI saves when it ends HLT: that of the instruction after the HLT.
    /// Intel SDM vol. 2, "HLT-Halt"; AMD APM vol. 3, "HLT-Halt".
    pub(crate) fn rip_after_halt(self, nmi: &mut Nmi, after: u64) -> u64 {
        let hlt = nmi.memory.hlt.take();
        if self.is(Mutant::SavedRipIsHlt) { hlt.unwrap_or(after) } else { after }
    }
}
