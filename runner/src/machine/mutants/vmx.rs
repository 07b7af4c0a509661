//! Mistakes with guest hypervisors on Intel's processors.

use spec::vmx_entry::{NmiControls, interruptibility_is_valid, vmx_injection_is_valid};
use spec::vmx_events::{VmxEvent, nmi_window_is_open};
use spec::{Allowed, Shadow};
use x86::vmx::interruption::NMI;
use x86::vmx::{Interruptibility, Interruption, activity};

super::mutants! {
    ControlsAreNotChecked, "controls-are-not-checked" breaks ["vmx.virtual-nmis-need-exiting", "vmx.window-needs-virtual-nmis"] on INTEL:
        "VM entry does not check whether the controls for NMIs go together" {
        fn nmi_controls_are_valid(&self, _: NmiControls) -> bool {
            true
        }
    }

    WindowNeedsNothing, "window-needs-nothing" breaks ["vmx.window-needs-virtual-nmis"] on INTEL:
        "NMI-window exiting goes without virtual NMIs" {
        fn nmi_controls_are_valid(&self, controls: NmiControls) -> bool {
            controls.exiting || !controls.virtual_nmis
        }
    }

    VirtualNmisNeedNothing, "virtual-nmis-need-nothing" breaks ["vmx.virtual-nmis-need-exiting"] on INTEL:
        "virtual NMIs go without NMI exiting" {
        fn nmi_controls_are_valid(&self, controls: NmiControls) -> bool {
            controls.virtual_nmis || !controls.window
        }
    }

    VirtualNmisAreRefused, "virtual-nmis-are-refused" breaks ["vmx.virtual-nmis-need-exiting"] on INTEL:
        "VM entry refuses virtual NMIs with NMI exiting" {
        fn nmi_controls_are_valid(&self, controls: NmiControls) -> bool {
            !controls.virtual_nmis && !controls.window
        }
    }

    Bit12IsInjected, "bit-12-is-injected" breaks ["vmx.injected-event-is-checked"] on INTEL:
        "VM entry takes an event to inject with bit 12, as an exit left it" {
        fn vmx_injection_is_valid(&self, event: Interruption) -> bool {
            vmx_injection_is_valid(event.with_unblocking(false))
        }
    }

    AnyVectorIsAnNmi, "any-vector-is-an-nmi" breaks ["vmx.injected-event-is-checked"] on INTEL:
        "VM entry takes an NMI to inject with any vector" {
        fn vmx_injection_is_valid(&self, event: Interruption) -> bool {
            event.kind() == NMI || vmx_injection_is_valid(event)
        }
    }

    ReservedTypeIsInjected, "reserved-type-is-injected" breaks ["vmx.injected-event-is-checked"] on INTEL:
        "VM entry takes an event of a reserved type" {
        fn vmx_injection_is_valid(&self, event: Interruption) -> bool {
            event.kind() == 1 || vmx_injection_is_valid(event)
        }
    }

    VmfailUnblocks, "vmfail-unblocks" breaks ["vmx.vmfail-changes-nothing"] on INTEL:
        "a VM entry that is a VMfail unblocks NMIs" {
        fn blocked_after_vmfail(&self, _: bool) -> bool {
            false
        }
    }

    VmfailClearsInjection, "vmfail-clears-injection" breaks ["vmx.vmfail-changes-nothing"] on INTEL:
        "a VM entry that is a VMfail clears the event to inject" {
        fn vmfail_keeps_injection(&self) -> bool {
            false
        }
    }

    MovSsAllowsEntry, "mov-ss-allows-entry" breaks ["vmx.mov-ss-refuses-entry"] on INTEL:
        "VM entry right behind MOV SS enters" {
        fn shadow_refuses_entry(&self, _: Shadow) -> bool {
            false
        }
    }

    StiRefusesEntry, "sti-refuses-entry" breaks ["vmx.mov-ss-refuses-entry"] on INTEL:
        "VM entry right behind STI is refused" {
        fn shadow_refuses_entry(&self, shadow: Shadow) -> bool {
            shadow != Shadow::None
        }
    }

    InterruptibilityIsNotChecked, "interruptibility-is-not-checked" breaks ["vmx.interruptibility-is-checked"] on INTEL:
        "VM entry does not check the interruptibility state" {
        fn interruptibility_is_valid(&self, _: Interruptibility, _: bool) -> bool {
            true
        }
    }

    StiBlocksWithFlagClear, "sti-blocks-with-flag-clear" breaks ["vmx.interruptibility-is-checked"] on INTEL:
        "VM entry takes blocking by STI while RFLAGS.IF is clear" {
        fn interruptibility_is_valid(&self, state: Interruptibility, _: bool) -> bool {
            interruptibility_is_valid(state, true)
        }
    }

    NmiIsInjectedBehindMovSs, "nmi-is-injected-behind-mov-ss" breaks ["vmx.injected-nmi-meets-shadow"] on INTEL:
        "VM entry injects an NMI while MOV SS blocks" {
        fn nmi_is_injected_in_shadow(&self, _: Interruptibility) -> Allowed<bool> {
            Allowed::YES
        }
    }

    NmiIsInjectedWhileBlocked, "nmi-is-injected-while-blocked" breaks ["vmx.injected-nmi-meets-blocking"] on INTEL:
        "VM entry injects an NMI while virtual NMIs are blocked" {
        fn nmi_is_injected_while_blocked(&self, _: Interruptibility, _: NmiControls) -> bool {
            true
        }
    }

    BlockingStopsInjection, "blocking-stops-injection" breaks ["vmx.injected-nmi-meets-blocking"] on INTEL:
        "VM entry fails when it injects an NMI while NMIs are blocked, also without virtual NMIs" {
        fn nmi_is_injected_while_blocked(&self, state: Interruptibility, _: NmiControls) -> bool {
            !state.nmi()
        }
    }

    HaltIsEnteredBehindSti, "halt-is-entered-behind-sti" breaks ["vmx.activity-is-checked"] on INTEL:
        "VM entry enters HLT while STI blocks" {
        fn activity_is_valid(&self, _: u32, _: Interruptibility) -> bool {
            true
        }
    }

    FailedEntryUnblocks, "failed-entry-unblocks" breaks ["vmx.entry-failure-keeps-blocking"] on INTEL:
        "a VM entry that fails leaves NMIs as blocked as the state of L2 says" {
        fn blocked_after_entry_failure(&self, _: bool, field: bool) -> bool {
            field
        }
    }

    FailedEntryClearsInjection, "failed-entry-clears-injection" breaks ["vmx.entry-failure-keeps-blocking"] on INTEL:
        "a VM entry that fails clears the event to inject" {
        fn entry_failure_keeps_injection(&self) -> bool {
            false
        }
    }

    InjectedNmiExits, "injected-nmi-exits" breaks ["vmx.injected-nmi-is-unconditional"] on INTEL:
        "with NMI exiting an injected NMI exits" {
        fn injected_nmi_exits(&self, controls: NmiControls) -> bool {
            controls.exiting
        }
    }

    InjectedNmiWaitsForFlag, "injected-nmi-waits-for-flag" breaks ["vmx.injected-nmi-is-unconditional"] on INTEL:
        "an injected NMI waits for RFLAGS.IF of L2" {
        fn injected_nmi_is_delivered(&self, _: NmiControls, interrupts_enabled: bool) -> bool {
            interrupts_enabled
        }
    }

    VmxInjectedNmiBlocks, "vmx-injected-nmi-blocks" breaks ["vmx.injected-nmi-keeps-state"] on INTEL:
        "without virtual NMIs an injected NMI blocks NMIs" {
        fn blocked_after_injected_nmi(&self, _: bool) -> bool {
            true
        }
    }

    VmxInjectedNmiUnblocks, "vmx-injected-nmi-unblocks" breaks ["vmx.injected-nmi-keeps-state"] on INTEL:
        "without virtual NMIs an injected NMI unblocks NMIs" {
        fn blocked_after_injected_nmi(&self, _: bool) -> bool {
            false
        }
    }

    InjectedNmiLeavesVirtual, "injected-nmi-leaves-virtual" breaks ["vmx.injected-nmi-blocks-virtual"] on INTEL:
        "an injected NMI does not block virtual NMIs" {
        fn injected_nmi_blocks_virtual(&self) -> bool {
            false
        }
    }

    InjectionLeavesHalt, "injection-leaves-halt" breaks ["vmx.injection-ends-inactivity"] on INTEL:
        "an injected NMI leaves L2 in HLT" {
        fn activity_after_injection(&self, field: u32) -> u32 {
            field
        }
    }

    EventsBeforeInjection, "events-before-injection" breaks ["vmx.injection-before-events"] on INTEL:
        "an exit for an NMI or an NMI window comes before an injected event" {
        fn injection_goes_first(&self) -> bool {
            false
        }
    }

    VmxFaultInInjectionStays, "vmx-fault-in-injection-stays" breaks ["vmx.fault-in-injection"] on INTEL:
        "a fault in the delivery of an injected event does not exit" {
        fn vmx_fault_of_delivery_exits(&self, caught: bool, injected: bool) -> bool {
            caught && !injected
        }
    }

    ExitInInjectionUnblocks, "exit-in-injection-unblocks" breaks ["vmx.fault-in-injection"] on INTEL:
        "an exit in the delivery of an injected NMI leaves virtual NMIs unblocked, as it does on AMD" {
        fn injection_that_exits_blocks(&self, _: NmiControls) -> Allowed<bool> {
            Allowed::NO
        }
    }

    VmxInjectionIsRepeated, "vmx-injection-is-repeated" breaks ["vmx.exit-clears-injection"] on INTEL:
        "an exit leaves the event to inject, and the next entry injects again" {
        fn exit_clears_injection(&self) -> bool {
            false
        }
    }

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
        fn virtual_blocking_after_entry(&self, _: bool) -> bool {
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
        fn vectoring_is_told(&self, _: bool) -> bool {
            false
        }
    }

    VectoringIsAlwaysTold, "vectoring-is-always-told" breaks ["vmx.vectoring-is-told"] on INTEL:
        "IDT-vectoring information is valid although no event was being delivered" {
        fn vectoring_is_told(&self, _: bool) -> bool {
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
        fn unblocking_is_told(&self, _: NmiControls, _: bool, _: bool) -> Allowed<bool> {
            Allowed::NO
        }
    }

    UnblockingIsAlwaysTold, "unblocking-is-always-told" breaks ["vmx.unblocking-due-to-iret"] on INTEL:
        "an exit for the fault of an IRET has bit 12 although nothing was blocked" {
        fn unblocking_is_told(&self, _: NmiControls, iret: bool, _: bool) -> Allowed<bool> {
            Allowed::only(iret)
        }
    }

    AnyFaultTellsBlocking, "any-fault-tells-blocking" breaks ["vmx.unblocking-due-to-iret"] on INTEL:
        "an exit for any fault has bit 12 if NMIs are blocked" {
        fn unblocking_is_told(&self, _: NmiControls, _: bool, blocked: bool) -> Allowed<bool> {
            Allowed::only(blocked)
        }
    }
}
