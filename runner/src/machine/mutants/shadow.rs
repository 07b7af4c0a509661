//! Mistakes with interrupt shadows.

use std::cell::Cell;

use spec::delivery::Source;
use spec::shadow::{
    Breakpoint, data_breakpoint_in_shadow, shadow_blocks_nmis, shadow_length, shadow_puts_single_step_off,
};
use spec::{Allowed, Shadow, Vendor};

super::mutants! {
    StiShadowTwoInstructions, "sti-shadow-two-instructions" breaks ["shadow.sti-may-block"] on BOTH:
        "STI holds NMIs back for two instructions" {
        fn shadow_length(&self, shadow: Shadow) -> u8 {
            if shadow == Shadow::Sti { 2 } else { shadow_length(shadow) }
        }
    }

    MovSsShadowTwoInstructions, "mov-ss-shadow-two-instructions" breaks ["shadow.mov-ss-one-instruction"] on BOTH:
        "a load of SS holds NMIs back for two instructions" {
        fn shadow_length(&self, shadow: Shadow) -> u8 {
            if shadow == Shadow::MovSs { 2 } else { shadow_length(shadow) }
        }
    }

    MovSsShadowIgnored, "mov-ss-shadow-ignored" breaks ["shadow.mov-ss-blocks-intel"] on INTEL:
        "an NMI is delivered right after a load of SS" {
        fn shadow_blocks_nmis(&self, vendor: Vendor, shadow: Shadow) -> Allowed<bool> {
            if shadow == Shadow::MovSs { Allowed::NO } else { shadow_blocks_nmis(vendor, shadow) }
        }
    }

    MovSsDelaysNoTrap, "mov-ss-delays-no-trap" breaks ["shadow.mov-ss-delays-single-step"] on BOTH:
        "with RFLAGS.TF set a trap comes right after a load of SS" {
        fn shadow_puts_single_step_off(&self, vendor: Vendor, shadow: Shadow) -> Allowed<bool> {
            if shadow == Shadow::MovSs { Allowed::NO } else { shadow_puts_single_step_off(vendor, shadow) }
        }
    }

    MovSsShadowOutlivesInt, "mov-ss-shadow-outlives-int" breaks ["shadow.mov-ss-one-instruction"] on BOTH:
        "a load of SS before INT n holds NMIs back in the handler, too" {
        fn shadow_outlives_software_interrupt(&self, shadow: Shadow) -> bool {
            // A shadow that the host set is of either kind on AMD's processors.
            matches!(shadow, Shadow::MovSs | Shadow::Either)
        }
    }

    SsBreakpointLost, "ss-breakpoint-lost" breaks ["shadow.mov-ss-delays-breakpoints"] on AMD:
        "a data breakpoint hit by a load of SS is lost" {
        fn data_breakpoint_in_shadow(&self, vendor: Vendor, shadow: Shadow) -> Allowed<Breakpoint> {
            if shadow == Shadow::MovSs {
                Allowed::any_of(&[Breakpoint::Lost])
            } else {
                data_breakpoint_in_shadow(vendor, shadow)
            }
        }
    }

    SsBreakpointAtOnce, "ss-breakpoint-at-once"
        breaks ["shadow.mov-ss-delays-breakpoints", "shadow.mov-ss-breakpoints-intel"] on BOTH:
        "a data breakpoint hit by a load of SS is delivered right after it" {
        fn data_breakpoint_in_shadow(&self, _: Vendor, _: Shadow) -> Allowed<Breakpoint> {
            Allowed::any_of(&[Breakpoint::AtOnce])
        }
    }

    ShadowWaitIsOnce(waits: Cell<bool>, waited: Cell<bool>), "shadow-wait-is-once"
        breaks ["shadow.sti-may-block", "shadow.mov-ss-blocks-intel"] on BOTH:
        "only the first NMI that meets a shadow is delivered when it ends; later ones are lost" {
        fn shadow_keeps_nmis(&self) -> bool {
            let again = self.waited.replace(true) && !self.waits.replace(true);
            !again
        }

        fn flags_saved(&self, source: Source, rflags: u64) -> u64 {
            if source == Source::Nmi {
                self.waits.set(false);
            }
            rflags
        }
    }

    ShadowDropsNmi, "shadow-drops-nmi" breaks ["shadow.sti-may-block", "shadow.mov-ss-blocks-intel"] on BOTH:
        "an NMI that meets a shadow is lost" {
        fn shadow_keeps_nmis(&self) -> bool {
            false
        }
    }
}
