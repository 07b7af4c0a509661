//! Guest hypervisors on AMD's processors: virtual NMIs.

use spec::context::VirtualBoundary;
use spec::vnmi::{VirtualNmi, virtual_nmi_is_taken};
use spec::{Allowed, Shadow};

super::mutants! {
    VirtualNmiWaitsForFlag, "virtual-nmi-waits-for-flag" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI waits for L2's RFLAGS.IF" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, gif: bool, shadow: Shadow, at: &VirtualBoundary) -> bool {
            at.interrupts_enabled && virtual_nmi_is_taken(nmi, gif, shadow)
        }
    }

    VirtualNmiIgnoresShadow, "virtual-nmi-ignores-shadow" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI is taken in an interrupt shadow" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, gif: bool, _: Shadow, _: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(nmi, gif, Shadow::None)
        }
    }

    VirtualNmiIgnoresMask, "virtual-nmi-ignores-mask" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI is taken while V_NMI_MASK is set" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, gif: bool, shadow: Shadow, _: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(VirtualNmi { masked: false, ..nmi }, gif, shadow)
        }
    }

    VirtualNmiByVector, "virtual-nmi-by-vector" breaks ["vnmi.taken-when"] on AMD:
        "a V_INTR_VECTOR of 2 makes a virtual NMI pending" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, gif: bool, shadow: Shadow, at: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(VirtualNmi { pending: nmi.pending || at.vector == x86::vector::NMI, ..nmi }, gif, shadow)
        }
    }

    VirtualNmisAreAlwaysUsed, "virtual-nmis-are-always-used" breaks ["vnmi.enable"] on AMD:
        "V_NMI and V_NMI_MASK count without V_NMI_ENABLE" {
        fn virtual_nmis_are_used(&self, _: bool) -> bool {
            true
        }
    }

    VirtualNmiDoesNotMask, "virtual-nmi-does-not-mask" breaks ["vnmi.taking-sets-mask"] on AMD:
        "taking a virtual NMI leaves V_NMI_MASK clear" {
        fn virtual_nmi_taken(&self) -> VirtualNmi {
            VirtualNmi::default()
        }
    }

    Int2SetsVirtualMask, "int2-sets-virtual-mask" breaks ["vnmi.not-by-int-2"] on AMD: "INT 2 of L2 sets V_NMI_MASK" {
        fn int_2_sets_virtual_mask(&self) -> bool {
            true
        }
    }

    VirtualMaskIsNotLoaded, "virtual-mask-is-not-loaded" breaks ["vnmi.saved-and-loaded"] on AMD:
        "VMRUN does not load V_NMI_MASK" {
        fn virtual_nmi_loaded(&self, field: VirtualNmi) -> VirtualNmi {
            VirtualNmi { masked: false, ..field }
        }
    }

    VirtualMaskIsNotSaved, "virtual-mask-is-not-saved" breaks ["vnmi.saved-and-loaded"] on AMD:
        "an exit saves V_NMI_MASK as 0" {
        fn virtual_nmi_saved(&self, nmi: VirtualNmi) -> VirtualNmi {
            VirtualNmi { masked: false, ..nmi }
        }
    }

    VirtualNmiIsNotSaved, "virtual-nmi-is-not-saved" breaks ["vnmi.saved-and-loaded"] on AMD: "an exit saves V_NMI as 0" {
        fn virtual_nmi_saved(&self, nmi: VirtualNmi) -> VirtualNmi {
            VirtualNmi { pending: false, ..nmi }
        }
    }

    FaultingIretClearsVirtualMask, "faulting-iret-clears-virtual-mask" breaks ["vnmi.iret-clears-mask"] on AMD:
        "an IRET of L2 that faults clears V_NMI_MASK" {
        fn iret_clears_virtual_mask(&self, _: bool) -> bool {
            true
        }
    }

    IretKeepsVirtualMask, "iret-keeps-virtual-mask" breaks ["vnmi.iret-clears-mask"] on AMD:
        "an IRET of L2 leaves V_NMI_MASK set" {
        fn iret_clears_virtual_mask(&self, _: bool) -> bool {
            false
        }
    }

    ExitInDeliveryKeepsMask, "exit-in-delivery-keeps-mask" breaks ["vnmi.exit-in-delivery"] on AMD:
        "an exit in the delivery of a virtual NMI saves V_NMI_MASK as 1" {
        fn exit_in_delivery_unmasks(&self, _: bool) -> Allowed<bool> {
            Allowed::NO
        }
    }

    VirtualMaskHoldsPhysical, "virtual-mask-holds-physical" breaks ["vnmi.physical-first"] on AMD:
        "V_NMI_MASK holds physical NMIs back" {
        fn virtual_mask_holds_physical(&self) -> bool {
            true
        }
    }

    VirtualGifIsIgnored, "virtual-gif-is-ignored" breaks ["vnmi.vgif"] on AMD:
        "a virtual NMI is taken while the virtual GIF is clear" {
        fn virtual_gif_holds_virtual_nmis(&self) -> bool {
            false
        }
    }

    GuestStgiIsIgnored, "guest-stgi-is-ignored" breaks ["vnmi.vgif"] on AMD: "STGI of L2 does not set its virtual GIF" {
        fn guest_changes_virtual_gif(&self) -> bool {
            false
        }
    }

    VirtualGifHidesIntercepts, "virtual-gif-hides-intercepts" breaks ["vnmi.gif-intercepts"] on AMD:
        "with a virtual GIF the intercepts of CLGI and STGI do not exit" {
        fn gif_instruction_exits(&self, intercepted: bool, virtual_gif: bool) -> bool {
            intercepted && !virtual_gif
        }
    }

    VirtualNmiDoesNotWake, "virtual-nmi-does-not-wake" breaks ["vnmi.ends-hlt"] on AMD:
        "a virtual NMI that waited for its mask does not end HLT" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, gif: bool, shadow: Shadow, at: &VirtualBoundary) -> bool {
            !at.halted && virtual_nmi_is_taken(nmi, gif, shadow)
        }
    }

    IdleHltAlwaysExits, "idle-hlt-always-exits" breaks ["vnmi.ends-hlt"] on AMD:
        "the intercept of an idle HLT exits although a virtual NMI is pending" {
        fn idle_hlt_exits(&self, _: bool, _: bool) -> bool {
            true
        }
    }

    IdleHltNeverExits, "idle-hlt-never-exits" breaks ["vnmi.ends-hlt"] on AMD:
        "the intercept of an idle HLT does not exit" {
        fn idle_hlt_exits(&self, _: bool, _: bool) -> bool {
            false
        }
    }

    IdleHltIgnoresVirtualInterrupts, "idle-hlt-ignores-virtual-interrupts" breaks ["vnmi.ends-hlt"] on AMD:
        "the intercept of an idle HLT exits although a virtual interrupt is pending" {
        fn idle_hlt_exits(&self, v_nmi: bool, _: bool) -> bool {
            !v_nmi
        }
    }

    InjectionLeavesVirtualMask, "injection-leaves-virtual-mask" breaks ["vnmi.eventinj-sets-mask"] on AMD:
        "an injected NMI leaves V_NMI_MASK clear" {
        fn injection_sets_virtual_mask(&self) -> bool {
            false
        }
    }

    VirtualBeforeInjected, "virtual-before-injected" breaks ["vnmi.injected-first"] on AMD:
        "a virtual NMI goes before the one that VMRUN injects" {
        fn injected_before_virtual(&self) -> bool {
            false
        }
    }

    VirtualNmisWithoutIntercept, "virtual-nmis-without-intercept" breaks ["vnmi.enable-needs-intercept"] on AMD:
        "VMRUN enters an L2 with virtual NMIs whose physical ones L1 does not intercept" {
        fn virtual_nmis_are_consistent(&self, _: bool, _: bool) -> bool {
            true
        }
    }
}
