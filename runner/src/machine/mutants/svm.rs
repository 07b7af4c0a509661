//! Guest hypervisors on AMD's processors: GIF, VMRUN, intercepts and exits.

use spec::Shadow;
use spec::boundary::EventClass;
use spec::context::Switch;
use spec::delivery::Source;
use spec::svm::{Controls, GuestEvent, entry_is_consistent, virtual_interrupt_is_taken};
use spec::svm_exit::exitintinfo_type;
use x86::svm::{IntCtl, event_type};

super::mutants! {
    GifDoesNotHoldNmis, "gif-does-not-hold-nmis" breaks ["svm.gif-holds"] on AMD:
        "NMIs are taken while GIF is clear" {
        fn gif_holds(&self, class: EventClass) -> bool {
            matches!(class, EventClass::Smi | EventClass::Interrupt)
        }
    }

    BreakpointsMatchWithoutGif, "breakpoints-match-without-gif" breaks ["svm.gif-discards-breakpoints"] on AMD:
        "breakpoints raise #DB while GIF is clear" {
        fn gif_discards_breakpoints(&self) -> bool {
            false
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
            shadow != Shadow::MovSs && spec::svm_exit::shadow_saved(shadow)
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

    VirtualBeforePhysical, "virtual-before-physical" breaks ["vnmi.physical-first"] on AMD:
        "a virtual NMI goes before a physical one" {
        fn guest_priorities(&self) -> [GuestEvent; 6] {
            let [smi, trap, nmi, virtual_nmi, interrupt, virtual_interrupt] = spec::svm::guest_priorities();
            [smi, trap, virtual_nmi, nmi, interrupt, virtual_interrupt]
        }
    }

    VmrunIsNotStepped, "vmrun-is-not-stepped" breaks ["svm.vmrun-single-steps"] on AMD:
        "VMRUN with RFLAGS.TF set does not trap behind the exit" {
        fn vmrun_single_steps(&self, _: bool) -> bool {
            false
        }
    }

    InterruptMaskingIgnored, "interrupt-masking-ignored" breaks ["svm.interrupt-masking"] on AMD:
        "L2 disables physical interrupts although V_INTR_MASKING is set" {
        fn physical_interrupts_are_enabled(&self, _: bool, _: bool, in_l2: bool) -> bool {
            in_l2
        }
    }

    InterruptsHeedL1Alone, "interrupts-heed-l1-alone" breaks ["svm.interrupt-masking"] on AMD:
        "the RFLAGS.IF of L1 controls physical interrupts although V_INTR_MASKING is clear" {
        fn physical_interrupts_are_enabled(&self, _: bool, in_l1: bool, _: bool) -> bool {
            in_l1
        }
    }

    VirtualInterruptIgnoresFlag, "virtual-interrupt-ignores-flag" breaks ["svm.virtual-interrupt"] on AMD:
        "a virtual interrupt is taken although RFLAGS.IF is clear" {
        fn virtual_interrupt_is_taken(&self, control: IntCtl, gif: bool, _: bool, shadow: Shadow) -> bool {
            virtual_interrupt_is_taken(control, gif, true, shadow)
        }
    }

    VirtualInterruptIgnoresShadow, "virtual-interrupt-ignores-shadow" breaks ["svm.virtual-interrupt"] on AMD:
        "a virtual interrupt is taken in an interrupt shadow" {
        fn virtual_interrupt_is_taken(&self, control: IntCtl, gif: bool, enabled: bool, _: Shadow) -> bool {
            virtual_interrupt_is_taken(control, gif, enabled, Shadow::None)
        }
    }

    VirtualInterruptIgnoresPriority, "virtual-interrupt-ignores-priority" breaks ["svm.virtual-interrupt"] on AMD:
        "a virtual interrupt is taken whatever V_TPR is" {
        fn virtual_interrupt_is_taken(&self, control: IntCtl, gif: bool, enabled: bool, shadow: Shadow) -> bool {
            virtual_interrupt_is_taken(control.with_v_ign_tpr(true), gif, enabled, shadow)
        }
    }

    SoftwareInterruptToldAsException, "software-interrupt-told-as-exception" breaks ["svm.exitintinfo"] on AMD:
        "EXITINTINFO calls INT n an exception" {
        fn exitintinfo_type(&self, source: Source, vector: u8) -> u8 {
            if source == Source::Software { event_type::EXCEPTION } else { exitintinfo_type(source, vector) }
        }
    }

    InterruptExitIgnoresFlag, "interrupt-exit-ignores-flag" breaks ["svm.interrupt-masking"] on AMD:
        "an interrupt that L1 intercepts exits although interrupts are disabled" {
        fn intercepted_interrupt_exits(&self, _: bool) -> bool {
            true
        }
    }

    InterruptExitConsumes, "interrupt-exit-consumes" breaks ["svm.interrupt-masking"] on AMD:
        "an exit for an interrupt consumes it" {
        fn intercepted_interrupt_stays_pending(&self) -> bool {
            false
        }
    }

    VirtualInterruptInterceptIgnored, "virtual-interrupt-intercept-ignored" breaks ["svm.virtual-interrupt"] on AMD:
        "L2 takes a virtual interrupt although L1 intercepts it" {
        fn virtual_interrupt_exits(&self, _: bool) -> bool {
            false
        }
    }

    VirtualInterruptExitConsumes, "virtual-interrupt-exit-consumes" breaks ["svm.virtual-interrupt"] on AMD:
        "an exit for a virtual interrupt clears V_IRQ" {
        fn virtual_interrupt_stays_pending(&self, _: bool) -> bool {
            false
        }
    }

    TakenVirtualInterruptStaysPending, "taken-virtual-interrupt-stays-pending" breaks ["svm.virtual-interrupt"] on AMD:
        "a virtual interrupt that L2 takes leaves V_IRQ set" {
        fn virtual_interrupt_stays_pending(&self, _: bool) -> bool {
            true
        }
    }

    ExceptionInterceptIgnored, "exception-intercept-ignored" breaks ["svm.exception-intercepts"] on AMD:
        "L2 handles an exception that L1 intercepts" {
        fn exception_exits(&self, _: bool, _: u8) -> bool {
            false
        }
    }

    EveryExceptionExits, "every-exception-exits" breaks ["svm.exception-intercepts"] on AMD:
        "an exception exits from L2 although L1 does not intercept it" {
        fn exception_exits(&self, _: bool, _: u8) -> bool {
            true
        }
    }

    Int1ExitsAsDebugException, "int1-exits-as-debug-exception" breaks ["svm.exception-intercepts"] on AMD:
        "INT1 in L2 exits for the intercept of #DB" {
        fn int1_exits(&self, db_intercepted: bool) -> bool {
            db_intercepted
        }
    }

    DebugExitLeavesDr6, "debug-exit-leaves-dr6" breaks ["svm.exception-intercepts"] on AMD:
        "an exit for #DB leaves DR6 as it was, as it does on Intel" {
        fn debug_exit_writes_dr6(&self) -> bool {
            false
        }
    }
}
