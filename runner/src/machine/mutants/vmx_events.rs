//! Guest hypervisors on Intel's processors: NMIs in L2, and what exits tell of them.

use spec::delivery::Source;
use spec::vmx_entry::NmiControls;
use spec::vmx_events::{VmxEvent, nmi_window_is_open, pending_debug_saved, vmx_shadow_saved};
use spec::{Allowed, Shadow};
use x86::vmx::{Interruptibility, activity, interruption};

super::mutants! {
    EntryKeepsBlocking, "entry-keeps-blocking" breaks ["vmx.entry-decides-blocking"] on INTEL:
        "VM entry leaves NMIs as blocked as they were in L1" {
        fn blocked_after_entry(&self, _: NmiControls, _: bool, before: bool) -> bool {
            before
        }
    }

    EntryUnblocks, "entry-unblocks" breaks ["vmx.entry-decides-blocking"] on INTEL:
        "VM entry unblocks NMIs whatever the interruptibility state says" {
        fn blocked_after_entry(&self, _: NmiControls, _: bool, _: bool) -> bool {
            false
        }
    }

    VirtualNmisBlockPhysical, "virtual-nmis-block-physical" breaks ["vmx.virtual-nmis-never-block"] on INTEL:
        "with virtual NMIs VM entry blocks NMIs if the interruptibility state says so" {
        fn blocked_after_entry(&self, _: NmiControls, field: bool, _: bool) -> bool {
            field
        }
    }

    VmxNmiAlwaysExits, "vmx-nmi-always-exits" breaks ["vmx.guest-takes-nmi"] on INTEL:
        "an NMI exits from L2 although NMI exiting is 0" {
        fn nmi_exits(&self, _: NmiControls) -> bool {
            true
        }
    }

    NmiExitingIgnored, "nmi-exiting-ignored" breaks ["vmx.nmi-exits"] on INTEL:
        "L2 takes an NMI although NMI exiting is 1" {
        fn nmi_exits(&self, _: NmiControls) -> bool {
            false
        }
    }

    NmiExitStaysPending, "nmi-exit-stays-pending" breaks ["vmx.nmi-exit-blocks"] on INTEL:
        "an NMI that exits stays pending, as it does on AMD" {
        fn nmi_exit_consumes(&self) -> bool {
            false
        }
    }

    NmiExitDoesNotBlock, "nmi-exit-does-not-block" breaks ["vmx.nmi-exit-blocks"] on INTEL:
        "an exit for an NMI does not block NMIs" {
        fn blocked_after_exit(&self, _: bool, inside: bool) -> bool {
            inside
        }
    }

    ExitUnblocksNmis, "exit-unblocks-nmis" breaks ["vmx.exit-keeps-blocking"] on INTEL:
        "an exit that is not for an NMI unblocks NMIs" {
        fn blocked_after_exit(&self, for_nmi: bool, _: bool) -> bool {
            for_nmi
        }
    }

    ExitBlocksNmis, "exit-blocks-nmis" breaks ["vmx.exit-keeps-blocking"] on INTEL: "every exit blocks NMIs" {
        fn blocked_after_exit(&self, _: bool, _: bool) -> bool {
            true
        }
    }

    GuestIretAlwaysUnblocks, "guest-iret-always-unblocks" breaks ["vmx.iret-does-not-unblock"] on INTEL:
        "an IRET of L2 unblocks NMIs although NMI exiting is 1" {
        fn guest_iret_unblocks(&self, _: NmiControls) -> bool {
            true
        }
    }

    GuestIretNeverUnblocks, "guest-iret-never-unblocks" breaks ["vmx.guest-takes-nmi"] on INTEL:
        "an IRET of L2 does not unblock NMIs" {
        fn guest_iret_unblocks(&self, _: NmiControls) -> bool {
            false
        }
    }

    VirtualBlockingHoldsExit, "virtual-blocking-holds-exit" breaks ["vmx.virtual-blocking-holds-no-exit"] on INTEL:
        "blocking of virtual NMIs holds exits for NMIs back" {
        fn virtual_blocking_holds_exit(&self) -> bool {
            true
        }
    }

    IretKeepsVirtualBlocking, "iret-keeps-virtual-blocking" breaks ["vmx.iret-unblocks-virtual"] on INTEL:
        "an IRET of L2 leaves virtual NMIs blocked" {
        fn virtual_blocking_after_iret(&self, _: bool) -> bool {
            true
        }
    }

    FaultingIretKeepsVirtualBlocking, "faulting-iret-keeps-virtual-blocking" breaks ["vmx.iret-unblocks-virtual"] on INTEL:
        "an IRET of L2 that faults leaves virtual NMIs blocked, as it does on AMD" {
        fn virtual_blocking_after_iret(&self, completes: bool) -> bool {
            !completes
        }
    }

    VirtualBlockingIsNotLoaded, "virtual-blocking-is-not-loaded" breaks ["vmx.iret-unblocks-virtual"] on INTEL:
        "VM entry never begins with virtual NMIs blocked" {
        fn virtual_blocking_after_entry(&self, _: NmiControls, _: bool) -> bool {
            false
        }
    }

    PhysicalBlockingIsSaved, "physical-blocking-is-saved" breaks ["vmx.blocking-is-saved"] on INTEL:
        "an exit saves blocking by NMI although there are virtual NMIs" {
        fn blocking_saved(&self, _: NmiControls, inside: bool, _: bool) -> bool {
            inside
        }
    }

    BlockingIsNotSaved, "blocking-is-not-saved" breaks ["vmx.blocking-is-saved"] on INTEL:
        "without virtual NMIs an exit saves no blocking by NMI" {
        fn blocking_saved(&self, controls: NmiControls, _: bool, virtual_blocking: bool) -> bool {
            controls.virtual_nmis && virtual_blocking
        }
    }

    ExitInDeliveryUnblocks, "exit-in-delivery-unblocks" breaks ["vmx.delivery-blocks-before-exit"] on INTEL:
        "an exit in the delivery of an NMI finds NMIs unblocked" {
        fn delivery_that_exits_blocks(&self) -> bool {
            false
        }
    }

    VectoringIsNotTold, "vectoring-is-not-told" breaks ["vmx.vectoring-is-told"] on INTEL:
        "IDT-vectoring information is never valid" {
        fn vectoring_is_told(&self, _: bool, _: bool) -> bool {
            false
        }
    }

    VectoringIsAlwaysTold, "vectoring-is-always-told" breaks ["vmx.vectoring-is-told"] on INTEL:
        "IDT-vectoring information is valid although no event was being delivered" {
        fn vectoring_is_told(&self, _: bool, _: bool) -> bool {
            true
        }
    }

    HaltIsNotSaved, "halt-is-not-saved" breaks ["vmx.exit-from-halt"] on INTEL:
        "an exit from HLT saves the activity state active" {
        fn activity_saved(&self, _: bool) -> u32 {
            activity::ACTIVE
        }
    }

    NmiBeforeWindow, "nmi-before-window" breaks ["vmx.order-at-boundary"] on INTEL:
        "an exit for an NMI comes before one for an NMI window" {
        fn vmx_priorities(&self) -> [VmxEvent; 5] {
            [VmxEvent::Trap, VmxEvent::Nmi, VmxEvent::NmiWindow, VmxEvent::InterruptWindow, VmxEvent::Interrupt]
        }
    }

    WindowBeforeTrap, "window-before-trap" breaks ["vmx.order-at-boundary"] on INTEL:
        "an exit for an NMI window comes before a debug trap" {
        fn vmx_priorities(&self) -> [VmxEvent; 5] {
            [VmxEvent::NmiWindow, VmxEvent::Trap, VmxEvent::Nmi, VmxEvent::InterruptWindow, VmxEvent::Interrupt]
        }
    }

    VmxNmiBeforeTrap, "vmx-nmi-before-trap" breaks ["vmx.order-at-boundary"] on INTEL:
        "an NMI, or the exit for one, comes before a debug trap of L2" {
        fn vmx_priorities(&self) -> [VmxEvent; 5] {
            [VmxEvent::Nmi, VmxEvent::Trap, VmxEvent::NmiWindow, VmxEvent::InterruptWindow, VmxEvent::Interrupt]
        }
    }

    VmxInterruptBeforeNmi, "vmx-interrupt-before-nmi" breaks ["vmx.order-at-boundary"] on INTEL:
        "an exit for an interrupt, or for its window, comes before one for an NMI" {
        fn vmx_priorities(&self) -> [VmxEvent; 5] {
            [VmxEvent::Trap, VmxEvent::NmiWindow, VmxEvent::InterruptWindow, VmxEvent::Interrupt, VmxEvent::Nmi]
        }
    }

    WindowIgnoresBlocking, "window-ignores-blocking" breaks ["vmx.window-opens"] on INTEL:
        "an NMI window exits although virtual NMIs are blocked" {
        fn nmi_window_is_open(&self, _: bool, shadow: Shadow) -> Allowed<bool> {
            nmi_window_is_open(false, shadow)
        }
    }

    WindowIgnoresMovSs, "window-ignores-mov-ss" breaks ["vmx.window-opens"] on INTEL:
        "an NMI window exits while MOV SS blocks" {
        fn nmi_window_is_open(&self, virtual_blocking: bool, _: Shadow) -> Allowed<bool> {
            nmi_window_is_open(virtual_blocking, Shadow::None)
        }
    }

    WindowNeverOpens, "window-never-opens" breaks ["vmx.window-opens"] on INTEL: "an NMI window never exits" {
        fn nmi_window_is_open(&self, _: bool, _: Shadow) -> Allowed<bool> {
            Allowed::NO
        }
    }

    WindowLeavesHalt, "window-leaves-halt" breaks ["vmx.window-ends-halt"] on INTEL:
        "an NMI window does not exit from HLT" {
        fn nmi_window_ends_halt(&self) -> bool {
            false
        }
    }

    UnblockingIsNotTold, "unblocking-is-not-told" breaks ["vmx.unblocking-due-to-iret"] on INTEL:
        "an exit for the fault of an IRET never has bit 12" {
        fn unblocking_is_told(&self, _: NmiControls, _: bool, _: bool, _: bool) -> Allowed<bool> {
            Allowed::NO
        }
    }

    UnblockingIsAlwaysTold, "unblocking-is-always-told" breaks ["vmx.unblocking-due-to-iret"] on INTEL:
        "an exit for the fault of an IRET has bit 12 although nothing was blocked" {
        fn unblocking_is_told(&self, _: NmiControls, _: bool, iret: bool, _: bool) -> Allowed<bool> {
            Allowed::only(iret)
        }
    }

    AnyFaultTellsBlocking, "any-fault-tells-blocking" breaks ["vmx.unblocking-due-to-iret"] on INTEL:
        "an exit for any fault has bit 12 if NMIs are blocked" {
        fn unblocking_is_told(&self, _: NmiControls, _: bool, _: bool, blocked: bool) -> Allowed<bool> {
            Allowed::only(blocked)
        }
    }

    PendingDebugIsLost, "pending-debug-is-lost" breaks ["vmx.pending-debug-is-delivered"] on INTEL:
        "VM entry forgets the pending debug exceptions" {
        fn pending_debug_is_delivered(&self, _: Shadow) -> bool {
            false
        }
    }

    PendingDebugIgnoresMovSs, "pending-debug-ignores-mov-ss" breaks ["vmx.pending-debug-is-delivered"] on INTEL:
        "VM entry delivers a pending debug exception while MOV SS blocks" {
        fn pending_debug_is_delivered(&self, _: Shadow) -> bool {
            true
        }
    }

    VmxInt2BlocksVirtual, "vmx-int-2-blocks-virtual" breaks ["vmx.int-2-blocks-nothing"] on INTEL:
        "INT 2 of L2 blocks virtual NMIs" {
        fn int_2_blocks_virtual(&self, controls: NmiControls) -> bool {
            controls.virtual_nmis
        }
    }

    VmxStiShadowLost, "vmx-sti-shadow-lost" breaks ["vmx.shadow-is-saved"] on INTEL:
        "an exit does not save blocking by STI" {
        fn vmx_shadow_saved(&self, shadow: Shadow) -> Interruptibility {
            vmx_shadow_saved(shadow).with_sti(false)
        }
    }

    VmxMovSsShadowLost, "vmx-mov-ss-shadow-lost" breaks ["vmx.shadow-is-saved"] on INTEL:
        "an exit does not save blocking by MOV SS" {
        fn vmx_shadow_saved(&self, shadow: Shadow) -> Interruptibility {
            vmx_shadow_saved(shadow).with_mov_ss(false)
        }
    }

    ShadowedStepLost, "shadowed-step-lost" breaks ["vmx.pending-debug-is-saved"] on INTEL:
        "an exit in the shadow of MOV SS saves no single step" {
        fn pending_debug_saved(&self, _: Shadow, _: bool, _: u64) -> u64 {
            0
        }
    }

    StepSavedOutsideShadow, "step-saved-outside-shadow" breaks ["vmx.pending-debug-is-saved"] on INTEL:
        "an exit with RFLAGS.TF set saves a single step outside of a shadow, too" {
        fn pending_debug_saved(&self, _: Shadow, single_steps: bool, breakpoints: u64) -> u64 {
            pending_debug_saved(Shadow::MovSs, single_steps, breakpoints)
        }
    }

    VectoringSaysException, "vectoring-says-exception" breaks ["vmx.vectoring-is-told"] on INTEL:
        "IDT-vectoring information calls an NMI an exception" {
        fn vectoring_type(&self, _: Source, _: u8) -> u8 {
            interruption::EXCEPTION
        }
    }

    VmxInterruptExitHeedsFlag, "vmx-interrupt-exit-heeds-flag" breaks ["vmx.interrupt-exits"] on INTEL:
        "an external interrupt exits only while RFLAGS.IF of L2 is set" {
        fn interrupt_exits(&self, exiting: bool, interrupts_enabled: bool) -> bool {
            exiting && interrupts_enabled
        }
    }

    VmxInterruptExitingIgnored, "vmx-interrupt-exiting-ignored" breaks ["vmx.interrupt-exits"] on INTEL:
        "L2 takes an external interrupt although external-interrupt exiting is 1" {
        fn interrupt_exits(&self, _: bool, _: bool) -> bool {
            false
        }
    }

    VmxInterruptExitAcknowledges, "vmx-interrupt-exit-acknowledges" breaks ["vmx.interrupt-exits"] on INTEL:
        "an exit for an external interrupt acknowledges it" {
        fn interrupt_exit_stays_pending(&self) -> bool {
            false
        }
    }

    InterruptWindowLeavesHalt, "interrupt-window-leaves-halt" breaks ["vmx.order-at-boundary"] on INTEL:
        "an interrupt window does not exit from HLT" {
        fn interrupt_window_ends_halt(&self) -> bool {
            false
        }
    }

    HaltIsNotLoaded, "halt-is-not-loaded" breaks ["vmx.injection-ends-inactivity"] on INTEL:
        "VM entry begins L2 active although the activity state is HLT" {
        fn halted_after_entry(&self, _: u32) -> bool {
            false
        }
    }

    HaltOutlivesExit, "halt-outlives-exit" breaks ["vmx.exit-keeps-blocking"] on INTEL:
        "L1 is halted after an exit from the HLT of L2" {
        fn halted_after_vm_exit(&self, inside: bool) -> bool {
            inside
        }
    }

    ShadowOutlivesExit, "shadow-outlives-exit" breaks ["vmx.exit-keeps-blocking"] on INTEL:
        "L1 continues in the shadow in which L2 exited" {
        fn shadow_after_vm_exit(&self, inside: Shadow) -> Shadow {
            inside
        }
    }

    TripleFaultShutsDown, "triple-fault-shuts-down" breaks ["vmx.exceptions-exit"] on INTEL:
        "a triple fault of L2 shuts the processor down" {
        fn triple_fault_exits(&self) -> bool {
            false
        }
    }

    ExceptionBitmapIgnored, "exception-bitmap-ignored" breaks ["vmx.exceptions-exit"] on INTEL:
        "L2 handles an exception that the exception bitmap has" {
        fn exception_exits_vmx(&self, _: bool, _: u8) -> bool {
            false
        }
    }

    BreakpointLeavesBitmap, "breakpoint-leaves-bitmap" breaks ["vmx.exceptions-exit"] on INTEL:
        "L2 handles #BP of INT3 although the exception bitmap has it" {
        fn exception_exits_vmx(&self, caught: bool, vector: u8) -> bool {
            caught && vector != x86::vector::BP
        }
    }

    VmxEveryExceptionExits, "vmx-every-exception-exits" breaks ["vmx.exceptions-exit"] on INTEL:
        "an exception exits from L2 although the exception bitmap does not have it" {
        fn exception_exits_vmx(&self, _: bool, _: u8) -> bool {
            true
        }
    }

    VmxDebugExitWritesDr6, "vmx-debug-exit-writes-dr6" breaks ["vmx.exceptions-exit"] on INTEL:
        "an exit for a debug exception writes DR6, as it does on AMD" {
        fn debug_exit_writes_dr6_vmx(&self) -> bool {
            true
        }
    }

    DebugExitTellsNothing, "debug-exit-tells-nothing" breaks ["vmx.exceptions-exit"] on INTEL:
        "the exit qualification of a debug exception is 0" {
        fn debug_exit_qualification(&self, _: u64) -> u64 {
            0
        }
    }
}
