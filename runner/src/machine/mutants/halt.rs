use spec::Nmi;
use spec::boundary::nmi_is_taken;
use spec::context::Boundary;

super::mutants! {
    HltBlockedNmiWakes, "hlt-blocked-nmi-wakes" breaks ["block.halt"] on BOTH: "a blocked NMI ends HLT" {
        fn halt_ends(&self, an_event_is_taken: bool, nmi_is_held: bool) -> bool {
            an_event_is_taken || nmi_is_held
        }
    }

    HltNotWoken, "hlt-not-woken" breaks ["delivery.wakes-halt"] on BOTH: "an NMI does not end HLT" {
        fn nmi_is_taken(&self, nmi: &Nmi, at: &Boundary, shadow_blocks: bool) -> bool {
            !at.halted && nmi_is_taken(nmi, shadow_blocks)
        }
    }

    HltWokenOnlyWithIf, "hlt-woken-only-with-if" breaks ["delivery.wakes-halt"] on BOTH:
        "an NMI ends HLT only if RFLAGS.IF is set" {
        fn nmi_is_taken(&self, nmi: &Nmi, at: &Boundary, shadow_blocks: bool) -> bool {
            (at.interrupts_enabled || !at.halted) && nmi_is_taken(nmi, shadow_blocks)
        }
    }

    SavedRipIsHlt, "saved-rip-is-hlt" breaks ["delivery.wakes-halt", "interrupt.wakes-halt-while-blocked"] on BOTH:
        "an event that ends HLT saves the address of the HLT" {
        fn rip_saved_in_halt(&self, hlt: u64, _: u64) -> u64 {
            hlt
        }
    }
}
