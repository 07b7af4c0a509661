//! Mistakes with guest hypervisors on AMD's processors.

use spec::boundary::EventClass;
use spec::injection::{Entry, injection_is_valid};
use spec::svm::{Controls, GuestEvent, Switch, entry_is_consistent};
use spec::vnmi::{VirtualBoundary, VirtualNmi, virtual_nmi_is_taken};
use spec::{Allowed, Shadow};

super::mutants! {
    GifDoesNotHoldNmis, "gif-does-not-hold-nmis" breaks ["svm.gif-holds"] on AMD:
        "NMIs are taken while GIF is clear" {
        fn gif_holds(&self, class: EventClass) -> bool {
            matches!(class, EventClass::Smi | EventClass::Interrupt)
        }
    }

    VmrunLeavesGif, "vmrun-leaves-gif" breaks ["svm.vmrun-sets-gif"] on AMD: "VMRUN leaves GIF clear" {
        fn vmrun_sets_gif(&self) -> bool {
            false
        }
    }

    ExitLeavesGif, "exit-leaves-gif" breaks ["svm.exit-clears-gif"] on AMD: "#VMEXIT leaves GIF set" {
        fn exit_clears_gif(&self, _: bool) -> bool {
            false
        }
    }

    InvalidExitLeavesGif, "invalid-exit-leaves-gif" breaks ["svm.exit-clears-gif"] on AMD:
        "a VMRUN whose VMCB is not consistent leaves GIF as it was" {
        fn exit_clears_gif(&self, consistent: bool) -> bool {
            consistent
        }
    }

    NmiExitConsumes, "nmi-exit-consumes" breaks ["svm.intercepted-nmi-stays-pending"] on AMD:
        "an exit for an NMI consumes it" {
        fn intercepted_nmi_stays_pending(&self) -> bool {
            false
        }
    }

    NmiInterceptIgnored, "nmi-intercept-ignored" breaks ["svm.intercepted-nmi-stays-pending"] on AMD:
        "L2 takes an NMI that L1 intercepts" {
        fn guest_takes_nmi(&self, _: bool) -> bool {
            true
        }
    }

    NmiAlwaysExits, "nmi-always-exits" breaks ["svm.guest-takes-nmi"] on AMD:
        "an NMI exits from L2 although L1 does not intercept it" {
        fn guest_takes_nmi(&self, _: bool) -> bool {
            false
        }
    }

    PendingAtVmrunIsLate, "pending-at-vmrun-is-late" breaks ["svm.pending-at-vmrun"] on AMD:
        "an NMI that waits at VMRUN is recognized after L2's first instruction" {
        fn pending_at_vmrun_goes_first(&self) -> bool {
            false
        }
    }

    VmrunUnblocks, "vmrun-unblocks" breaks ["svm.mask-survives-vmrun-and-exit"] on AMD: "VMRUN unblocks NMIs" {
        fn blocked_after_switch(&self, blocked: bool, switch: Switch) -> bool {
            blocked && switch == Switch::Exit
        }
    }

    GuestExitUnblocks, "guest-exit-unblocks" breaks ["svm.mask-survives-vmrun-and-exit"] on AMD: "#VMEXIT unblocks NMIs" {
        fn blocked_after_switch(&self, blocked: bool, switch: Switch) -> bool {
            blocked && switch == Switch::Entry
        }
    }

    GuestClgiIgnored, "guest-clgi-ignored" breaks ["svm.guest-clgi-stgi"] on AMD:
        "CLGI of L2 does not hold NMIs back" {
        fn guest_changes_gif(&self) -> bool {
            false
        }
    }

    GuestNmiBeforeTrap, "guest-nmi-before-trap" breaks ["svm.order-at-boundary"] on AMD:
        "an NMI goes before the debug trap of L2's previous instruction" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, nmi, virtual_nmi, trap, interrupt, virtual_interrupt]
        }
    }

    GuestInterruptBeforeNmi, "guest-interrupt-before-nmi" breaks ["svm.order-at-boundary"] on AMD:
        "in L2 an external interrupt goes before an NMI" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, trap, interrupt, nmi, virtual_nmi, virtual_interrupt]
        }
    }

    VirtualNmiBeforeTrap, "virtual-nmi-before-trap" breaks ["svm.order-at-boundary"] on AMD:
        "a virtual NMI goes before the debug trap of L2's previous instruction" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, virtual_nmi, trap, nmi, interrupt, virtual_interrupt]
        }
    }

    VirtualInterruptBeforeNmi, "virtual-interrupt-before-nmi" breaks ["svm.order-at-boundary"] on AMD:
        "a virtual interrupt goes before a virtual NMI" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, trap, nmi, virtual_interrupt, virtual_nmi, interrupt]
        }
    }

    HltExitIsBehind, "hlt-exit-is-behind" breaks ["svm.hlt-in-guest"] on AMD:
        "an exit for HLT saves the RIP behind it" {
        fn rip_of_hlt_exit(&self, _: u64, next: u64) -> u64 {
            next
        }
    }

    InjectionWaitsForFlag, "injection-waits-for-flag" breaks ["svm.eventinj-unconditional"] on AMD:
        "an injected event waits for L2's RFLAGS.IF" {
        fn injected_is_delivered(&self, entry: &Entry) -> bool {
            entry.interrupts_enabled
        }
    }

    InjectionWaitsForShadow, "injection-waits-for-shadow" breaks ["svm.eventinj-unconditional"] on AMD:
        "an injected event waits for the end of the interrupt shadow" {
        fn injected_is_delivered(&self, entry: &Entry) -> bool {
            entry.shadow == Shadow::None
        }
    }

    InjectedNmiHasVector, "injected-nmi-has-vector" breaks ["svm.eventinj-unconditional"] on AMD:
        "an injected NMI goes to the vector of EVENTINJ" {
        fn injected_nmi_vector(&self, field: u8) -> u8 {
            field
        }
    }

    InjectedNmiBlocks, "injected-nmi-blocks" breaks ["svm.eventinj-does-not-block"] on AMD:
        "an injected NMI blocks physical ones" {
        fn injected_nmi_blocks(&self) -> bool {
            true
        }
    }

    ExitBeforeInjection, "exit-before-injection" breaks ["svm.eventinj-before-intercept"] on AMD:
        "an NMI that waits exits before the injected event is delivered" {
        fn injected_before_exit(&self) -> bool {
            false
        }
    }

    FaultInInjectionStays, "fault-in-injection-stays" breaks ["svm.fault-in-injection"] on AMD:
        "a fault in the delivery of an injected event does not exit" {
        fn fault_of_delivery_exits(&self, intercepted: bool, injected: bool) -> bool {
            intercepted && !injected
        }
    }

    FaultInDeliveryStays, "fault-in-delivery-stays" breaks ["svm.exitintinfo"] on AMD:
        "a fault in the delivery of an event of L2 exits only if the event was injected" {
        fn fault_of_delivery_exits(&self, intercepted: bool, injected: bool) -> bool {
            intercepted && injected
        }
    }

    InjectionIsRepeated, "injection-is-repeated" breaks ["svm.exit-clears-eventinj"] on AMD:
        "an exit leaves EVENTINJ, and the next VMRUN injects again" {
        fn exit_clears_eventinj(&self) -> bool {
            false
        }
    }

    ReservedTypesAreInjected, "reserved-types-are-injected" breaks ["svm.eventinj-invalid"] on AMD:
        "EVENTINJ with a reserved type does not stop VMRUN" {
        fn injection_is_valid(&self, kind: u8, vector: u8) -> bool {
            injection_is_valid(kind, vector) || kind != x86::svm::event_type::EXCEPTION
        }
    }

    NmiIsInjectedAsException, "nmi-is-injected-as-exception" breaks ["svm.eventinj-invalid"] on AMD:
        "EVENTINJ with vector 2 as an exception does not stop VMRUN" {
        fn injection_is_valid(&self, kind: u8, vector: u8) -> bool {
            injection_is_valid(kind, vector) || vector == x86::vector::NMI
        }
    }

    IretExitsLate, "iret-exits-late" breaks ["svm.iret-intercept"] on AMD:
        "an IRET that L1 intercepts raises its own faults first" {
        fn iret_exits_first(&self) -> bool {
            false
        }
    }

    InterceptedIretUnblocks, "intercepted-iret-unblocks" breaks ["svm.iret-intercept"] on AMD:
        "an exit for IRET unblocks NMIs" {
        fn intercepted_iret_unblocks(&self) -> bool {
            true
        }
    }

    ExitForgetsDelivery, "exit-forgets-delivery" breaks ["svm.exitintinfo"] on AMD:
        "EXITINTINFO does not tell which event was being delivered" {
        fn delivery_is_told(&self, _: bool) -> bool {
            false
        }
    }

    ExitAlwaysTellsDelivery, "exit-always-tells-delivery" breaks ["svm.exitintinfo"] on AMD:
        "EXITINTINFO is valid although no event was being delivered" {
        fn delivery_is_told(&self, _: bool) -> bool {
            true
        }
    }

    GuestShadowLost, "guest-shadow-lost" breaks ["svm.shadow-saved"] on AMD: "an exit forgets the interrupt shadow of L2" {
        fn shadow_saved(&self, _: Shadow) -> bool {
            false
        }
    }

    GuestMovSsShadowLost, "guest-mov-ss-shadow-lost" breaks ["svm.shadow-saved"] on AMD:
        "an exit forgets the shadow of L2's MOV SS" {
        fn shadow_saved(&self, shadow: Shadow) -> bool {
            shadow != Shadow::MovSs && spec::svm::shadow_saved(shadow)
        }
    }

    HostShadowsGuest, "host-shadows-guest" breaks ["svm.shadow-saved"] on AMD:
        "the shadow of L1's STI covers L2's first instruction" {
        fn shadow_loaded(&self, field: bool, host: Shadow) -> Shadow {
            if field { Shadow::Either } else { host }
        }
    }

    ShutdownInterceptIgnored, "shutdown-intercept-ignored" breaks ["svm.shutdown-intercept"] on AMD:
        "a triple fault of L2 shuts the processor down although L1 intercepts it" {
        fn shutdown_exits(&self, _: bool) -> bool {
            false
        }
    }

    SmiInterceptIgnored, "smi-intercept-ignored" breaks ["svm.smi-intercept"] on AMD:
        "an SMI enters SMM from L2 although L1 intercepts it" {
        fn smi_exits(&self, _: bool) -> bool {
            false
        }
    }

    SmiAlwaysExits, "smi-always-exits" breaks ["svm.smi-intercept"] on AMD:
        "an SMI exits from L2 although L1 does not intercept it" {
        fn smi_exits(&self, _: bool) -> bool {
            true
        }
    }

    SmiExitConsumes, "smi-exit-consumes" breaks ["svm.smi-intercept"] on AMD: "an exit for an SMI consumes it" {
        fn intercepted_smi_stays_pending(&self) -> bool {
            false
        }
    }

    Int2IsIntercepted, "int2-is-intercepted" breaks ["svm.int2-not-intercepted"] on AMD: "INT 2 exits as an NMI" {
        fn int_2_exits_as_nmi(&self) -> bool {
            true
        }
    }

    Int2EscapesIntn, "int2-escapes-intn" breaks ["svm.int2-not-intercepted"] on AMD:
        "the intercept of INT n does not see INT 2" {
        fn int_n_exits(&self, intercepted: bool, vector: u8) -> bool {
            intercepted && vector != x86::vector::NMI
        }
    }

    Int3ExitsAsIntN, "int3-exits-as-int-n" breaks ["svm.int3-intercept"] on AMD:
        "INT3 of L2 exits for the intercept of INT n" {
        fn int3_exits(&self, bp_intercepted: bool, int_n_intercepted: bool) -> bool {
            bp_intercepted || int_n_intercepted
        }
    }

    Int3EscapesBp, "int3-escapes-bp" breaks ["svm.int3-intercept"] on AMD:
        "the intercept of #BP does not see INT3 of L2" {
        fn int3_exits(&self, _: bool, _: bool) -> bool {
            false
        }
    }

    AddressSpaceZeroRuns, "address-space-zero-runs" breaks ["svm.consistency"] on AMD: "VMRUN enters an L2 with ASID 0" {
        fn entry_is_consistent(&self, controls: &Controls) -> bool {
            entry_is_consistent(&Controls { asid: 1, ..*controls })
        }
    }

    UninterceptedVmrunRuns, "unintercepted-vmrun-runs" breaks ["svm.consistency"] on AMD:
        "VMRUN enters an L2 that does not intercept VMRUN" {
        fn entry_is_consistent(&self, controls: &Controls) -> bool {
            entry_is_consistent(&Controls { intercepts_vmrun: true, ..*controls })
        }
    }

    VirtualNmiWaitsForFlag, "virtual-nmi-waits-for-flag" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI waits for L2's RFLAGS.IF" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, at: &VirtualBoundary) -> bool {
            at.interrupts_enabled && virtual_nmi_is_taken(nmi, at)
        }
    }

    VirtualNmiIgnoresShadow, "virtual-nmi-ignores-shadow" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI is taken in an interrupt shadow" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, at: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(nmi, &VirtualBoundary { shadow: Shadow::None, ..*at })
        }
    }

    VirtualNmiIgnoresMask, "virtual-nmi-ignores-mask" breaks ["vnmi.taken-when"] on AMD:
        "a virtual NMI is taken while V_NMI_MASK is set" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, at: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(VirtualNmi { masked: false, ..nmi }, at)
        }
    }

    VirtualNmiByVector, "virtual-nmi-by-vector" breaks ["vnmi.taken-when"] on AMD:
        "a V_INTR_VECTOR of 2 makes a virtual NMI pending" {
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, at: &VirtualBoundary) -> bool {
            virtual_nmi_is_taken(VirtualNmi { pending: nmi.pending || at.vector == x86::vector::NMI, ..nmi }, at)
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
        fn virtual_nmi_taken(&self, _: VirtualNmi) -> VirtualNmi {
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

    VirtualBeforePhysical, "virtual-before-physical" breaks ["vnmi.physical-first"] on AMD:
        "a virtual NMI goes before a physical one" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, trap, virtual_nmi, nmi, interrupt, virtual_interrupt]
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
        fn virtual_nmi_is_taken(&self, nmi: VirtualNmi, at: &VirtualBoundary) -> bool {
            !at.halted && virtual_nmi_is_taken(nmi, at)
        }
    }

    IdleHltAlwaysExits, "idle-hlt-always-exits" breaks ["vnmi.ends-hlt"] on AMD:
        "the intercept of an idle HLT exits although a virtual NMI is pending" {
        fn idle_hlt_exits(&self, _: bool) -> bool {
            true
        }
    }

    IdleHltNeverExits, "idle-hlt-never-exits" breaks ["vnmi.ends-hlt"] on AMD:
        "the intercept of an idle HLT does not exit" {
        fn idle_hlt_exits(&self, _: bool) -> bool {
            false
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
