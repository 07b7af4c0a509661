//! NMIs and system-management mode.

use super::super::Mutant;
use super::{Nmi, Rules};
use crate::terms::{Shadow, Vendor};

impl Rules {
    /// SMM is entered: NMIs are blocked, and whether they were before is remembered (returned).
    /// Intel SDM vol. 3, section 34.8 "NMI Handling While in SMM"; AMD APM vol. 2, section 10.3.3 "Exceptions and
    /// Interrupts"; KVM's enter_smm.
    pub(crate) fn smm_begins(self, nmi: &mut Nmi) -> bool {
        let inside = nmi.blocked;
        nmi.blocked = inside || !self.is(Mutant::SmmDoesNotBlock);
        inside
    }

    /// RSM: NMIs are unblocked unless the SMI came while they were blocked; one held in SMM is taken before the
    /// interrupted program goes on. Neither manual says what RSM does after an IRET in SMM inside an NMI handler (AMD's has
    /// bit EXIT of SMM_CTL restore the masking); here AMD's restores it, and Intel's, as in KVM, leaves NMIs open.
    /// Intel SDM vol. 3, section 34.8 "NMI Handling While in SMM"; AMD APM vol. 2, sections 10.3.3 "Exceptions and
    /// Interrupts" and 15.30.3 "SMM_CTL MSR (C001_0116h)"; KVM's leave_smm.
    pub(crate) fn smm_ends(self, nmi: &mut Nmi, inside: bool) {
        let restored = match self.vendor {
            Vendor::Amd => inside,
            Vendor::Intel => inside && nmi.blocked,
        };
        nmi.blocked = match self.mutant {
            Some(Mutant::RsmUnblocks) => false,
            Some(Mutant::RsmKeepsBlocking) => nmi.blocked,
            _ => restored,
        };
        if self.is(Mutant::SmmNmiLost) {
            nmi.pending = 0;
        }
    }

    /// Whether an SMI that comes in SMM is latched: one is.
    /// Intel SDM vol. 3, section 34.3.1 "Entering SMM"; AMD APM vol. 2, section 10.3.3 "Exceptions and Interrupts".
    pub(crate) fn latches_smi(self) -> bool {
        !self.is(Mutant::SmiInSmmLost)
    }

    /// Whether RSM leads back into the halt that the SMI found: it does. (KVM's goes on behind the HLT.)
    /// Intel SDM vol. 3, section 34.10 "Auto HALT Restart"; AMD APM vol. 2, section 10.3.7 "Auto-Halt Restart".
    pub(crate) fn restarts_halt(self) -> bool {
        !self.is(Mutant::SmiEndsHalt)
    }

    /// The shadow that RSM restores: the one the SMI found.
    /// Intel SDM vol. 3, section 34.14.1 "Default Treatment of SMI Delivery" (saved in VMX operation; section 34.4 names no
    /// field for it) and vol. 2, "STI-Set Interrupt Flag"; AMD APM vol. 3, "STI-Set Interrupt Flag" and vol. 2, section 15.21.5
    /// "Interrupt Shadows" (all name the instruction that it covers); KVM's enter_smm and leave_smm (`int_shadow`).
    pub(crate) fn shadow_after_smm(self, shadow: Shadow) -> Shadow {
        if self.is(Mutant::SmiLosesShadow) { Shadow::None } else { shadow }
    }
}
