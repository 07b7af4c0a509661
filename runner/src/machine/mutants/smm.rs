//! Mistakes with NMIs and SMIs in system-management mode.

use spec::boundary::nmi_is_taken;
use spec::context::{Boundary, Iret};
use spec::{Allowed, Nmi, Shadow, Vendor};

super::mutants! {
    SmmDoesNotBlock, "smm-does-not-block" breaks ["smm.entry-blocks"] on BOTH: "NMIs are not blocked in SMM" {
        fn smm_entry_blocks(&self) -> bool {
            false
        }

        fn nmi_is_taken(&self, nmi: &Nmi, at: &Boundary, shadow_blocks: bool) -> bool {
            nmi_is_taken(&Nmi { blocked: nmi.blocked && !at.in_smm, ..*nmi }, shadow_blocks)
        }
    }

    SmmNmiLost, "smm-nmi-lost" breaks ["smm.one-is-latched"] on BOTH: "an NMI that arrives in SMM is lost" {
        fn held_after_smm(&self, _: u32) -> u32 {
            0
        }
    }

    SmiInSmmLost, "smi-in-smm-lost" breaks ["smm.smi-is-latched"] on BOTH: "an SMI that arrives in SMM is lost" {
        fn smi_is_latched(&self) -> bool {
            false
        }
    }

    SmiInSmmTaken, "smi-in-smm-taken" breaks ["smm.smi-is-latched"] on BOTH: "an SMI that arrives in SMM is taken there" {
        fn smi_is_taken(&self, waiting: u32, _: bool) -> bool {
            waiting > 0
        }
    }

    SmiEndsHalt, "smi-ends-halt" breaks ["smm.halt-is-restarted"] on BOTH: "an SMI that comes in HLT ends it" {
        fn smm_exit_restarts_halt(&self) -> bool {
            false
        }
    }

    SmmIretDoesNotUnblock, "smm-iret-does-not-unblock" breaks ["smm.iret-unblocks"] on BOTH:
        "IRET in SMM leaves NMIs blocked" {
        fn iret_unblocks(&self, iret: &Iret) -> bool {
            !iret.in_smm
        }
    }

    RsmUnblocks, "rsm-unblocks" breaks ["smm.exit-restores-blocked"] on AMD:
        "RSM unblocks NMIs although the SMI came in an NMI handler" {
        fn blocked_after_smm(&self, _: Vendor, _: bool, _: bool, _: bool) -> Allowed<bool> {
            Allowed::NO
        }
    }

    RsmKeepsBlocking, "rsm-keeps-blocking" breaks ["smm.exit-restores-unblocked"] on BOTH: "NMIs stay blocked after RSM" {
        fn blocked_after_smm(&self, _: Vendor, _: bool, inside: bool, _: bool) -> Allowed<bool> {
            Allowed::only(inside)
        }
    }

    SmiLosesShadow, "smi-loses-shadow" breaks ["smm.shadow-outlives-smm"] on BOTH:
        "the interrupt shadow at an SMI is gone after RSM" {
        fn shadow_after_smm(&self, _: Shadow) -> Shadow {
            Shadow::None
        }
    }
}
