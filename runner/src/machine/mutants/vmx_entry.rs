//! Guest hypervisors on Intel's processors: what VM entry checks.

use spec::vmx_entry::{
    NmiControls, activity_is_valid, interruptibility_is_valid, pending_debug_is_valid, vmx_injection_is_valid,
    vmx_shadow_loaded,
};
use spec::{Allowed, Shadow};
use x86::vmx::interruption::{NMI, RESERVED};
use x86::vmx::{Interruptibility, Interruption, Misc, activity, pending_debug};

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
            event.kind() == RESERVED || vmx_injection_is_valid(event)
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
        fn activity_is_valid(&self, state: u32, _: Interruptibility, ss_dpl: u8) -> bool {
            activity_is_valid(state, Interruptibility::new(), ss_dpl)
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

    SmiBlockingIsNotChecked, "smi-blocking-is-not-checked" breaks ["vmx.interruptibility-is-checked"] on INTEL:
        "VM entry takes blocking by SMI outside of SMM" {
        fn interruptibility_is_valid(&self, state: Interruptibility, interrupts_enabled: bool) -> bool {
            interruptibility_is_valid(state.with_smi(false), interrupts_enabled)
        }
    }

    AnyActivityIsEntered, "any-activity-is-entered" breaks ["vmx.activity-is-checked"] on INTEL:
        "VM entry takes an activity state that there is not for active" {
        fn activity_is_supported(&self, _: u32, _: Misc) -> bool {
            true
        }
    }

    HaltIsEnteredAtAnyLevel, "halt-is-entered-at-any-level" breaks ["vmx.activity-is-checked"] on INTEL:
        "VM entry enters HLT at CPL 3" {
        fn activity_is_valid(&self, state: u32, interruptibility: Interruptibility, _: u8) -> bool {
            activity_is_valid(state, interruptibility, 0)
        }
    }

    NmiIsInjectedIntoWaitForSipi, "nmi-is-injected-into-wait-for-sipi" breaks ["vmx.injected-nmi-meets-activity"] on INTEL:
        "VM entry injects an NMI into a processor that waits for SIPI" {
        fn nmi_is_injected_into(&self, _: u32) -> bool {
            true
        }
    }

    NmiIsInjectedIntoActiveAlone, "nmi-is-injected-into-active-alone" breaks ["vmx.injected-nmi-meets-activity"] on INTEL:
        "VM entry fails when it injects an NMI into HLT" {
        fn nmi_is_injected_into(&self, state: u32) -> bool {
            state == activity::ACTIVE
        }
    }

    PendingDebugIsNotChecked, "pending-debug-is-not-checked" breaks ["vmx.pending-debug-is-checked"] on INTEL:
        "VM entry does not check the pending debug exceptions" {
        fn pending_debug_is_valid(&self, _: u64, _: bool, _: Interruptibility, _: u32) -> bool {
            true
        }
    }

    SingleStepNeedNotBePending, "single-step-need-not-be-pending" breaks ["vmx.pending-debug-is-checked"] on INTEL:
        "VM entry takes a single step that is not pending in a shadow or HLT" {
        fn pending_debug_is_valid(&self, pending: u64, traps: bool, state: Interruptibility, active: u32) -> bool {
            let pending = if traps { pending | pending_debug::SINGLE_STEP } else { pending };
            pending_debug_is_valid(pending, traps, state, active)
        }
    }

    SingleStepMayAlwaysBePending, "single-step-may-always-be-pending" breaks ["vmx.pending-debug-is-checked"] on INTEL:
        "VM entry takes a pending single step in a shadow or HLT although TF is clear" {
        fn pending_debug_is_valid(&self, pending: u64, traps: bool, state: Interruptibility, active: u32) -> bool {
            let traps = traps || pending & pending_debug::SINGLE_STEP != 0;
            pending_debug_is_valid(pending, traps, state, active)
        }
    }

    PendingDebugIsCheckedBehindMovSsAlone, "pending-debug-is-checked-behind-mov-ss-alone" breaks ["vmx.pending-debug-is-checked"] on INTEL:
        "VM entry checks the pending single step while MOV SS blocks, and not otherwise" {
        fn pending_debug_is_valid(&self, pending: u64, traps: bool, state: Interruptibility, _: u32) -> bool {
            pending_debug_is_valid(pending, traps, state.with_sti(false), activity::ACTIVE)
        }
    }

    PendingDebugIsAlwaysChecked, "pending-debug-is-always-checked" breaks ["vmx.pending-debug-is-checked"] on INTEL:
        "VM entry demands that TF and the pending single step agree where nothing blocks, too" {
        fn pending_debug_is_valid(&self, pending: u64, traps: bool, state: Interruptibility, active: u32) -> bool {
            pending_debug_is_valid(pending, traps, state.with_sti(true), active)
        }
    }

    EntryLosesShadow, "entry-loses-shadow" breaks ["vmx.shadow-is-saved"] on INTEL:
        "VM entry ignores blocking by STI and by MOV SS" {
        fn vmx_shadow_loaded(&self, _: Interruptibility, _: Shadow) -> Shadow {
            Shadow::None
        }
    }

    EntryKeepsHostsShadow, "entry-keeps-hosts-shadow" breaks ["vmx.shadow-is-saved"] on INTEL:
        "the shadow of L1's STI covers L2's first instruction" {
        fn vmx_shadow_loaded(&self, state: Interruptibility, l1: Shadow) -> Shadow {
            if l1 == Shadow::Sti { l1 } else { vmx_shadow_loaded(state) }
        }
    }
}
