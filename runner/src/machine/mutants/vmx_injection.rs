//! Guest hypervisors on Intel's processors: events that VM entry injects.

use spec::Allowed;
use spec::vmx_entry::NmiControls;

super::mutants! {
    InjectedNmiExits, "injected-nmi-exits" breaks ["vmx.injected-nmi-is-unconditional"] on INTEL:
        "with NMI exiting an injected NMI exits" {
        fn injected_nmi_exits(&self, controls: NmiControls) -> bool {
            controls.exiting
        }
    }

    InjectedNmiWaitsForFlag, "injected-nmi-waits-for-flag" breaks ["vmx.injected-nmi-is-unconditional"] on INTEL:
        "an injected NMI waits for RFLAGS.IF of L2" {
        fn injected_nmi_is_delivered(&self, interrupts_enabled: bool) -> bool {
            interrupts_enabled
        }
    }

    VmxInjectedNmiBlocks, "vmx-injected-nmi-blocks" breaks ["vmx.injected-nmi-keeps-state"] on INTEL:
        "without virtual NMIs an injected NMI blocks NMIs" {
        fn blocked_after_injected_nmi(&self, controls: NmiControls, _: bool, before: bool) -> bool {
            !controls.virtual_nmis || before
        }
    }

    VmxInjectedNmiUnblocks, "vmx-injected-nmi-unblocks" breaks ["vmx.injected-nmi-keeps-state"] on INTEL:
        "without virtual NMIs an injected NMI unblocks NMIs" {
        fn blocked_after_injected_nmi(&self, controls: NmiControls, _: bool, before: bool) -> bool {
            controls.virtual_nmis && before
        }
    }

    InjectedNmiLeavesVirtual, "injected-nmi-leaves-virtual" breaks ["vmx.injected-nmi-blocks-virtual"] on INTEL:
        "an injected NMI does not block virtual NMIs" {
        fn injected_nmi_blocks_virtual(&self, _: NmiControls) -> bool {
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

    InjectedNmiLeavesPendingDebug, "injected-nmi-leaves-pending-debug" breaks ["vmx.injected-nmi-drops-pending-debug"] on INTEL:
        "a debug exception that was pending is delivered behind an injected NMI" {
        fn injected_event_drops_pending_debug(&self) -> bool {
            false
        }
    }
}
