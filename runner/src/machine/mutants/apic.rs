//! Mistakes with NMIs that the local APIC takes and sends.

use spec::apic::{LogicalModel, Shorthand, command_reaches, logical_destination_matches};
use spec::{Allowed, Vendor};
use x86::apic::PRIORITY_CLASS;

super::mutants! {
    LvtpcNotMasked, "lvtpc-not-masked" breaks ["pmi.delivery-masks-the-entry"] on INTEL:
        "a counter's interrupt leaves the mask bit of LVTPC clear" {
        fn counter_entry_is_masked(&self, _: Vendor) -> bool {
            false
        }
    }

    LvtpcMasked, "lvtpc-masked" breaks ["pmi.mask-on-amd"] on AMD:
        "a counter's interrupt sets the mask bit of LVTPC" {
        fn counter_entry_is_masked(&self, _: Vendor) -> bool {
            true
        }
    }

    MaskedLvtpcDelivers, "masked-lvtpc-delivers" breaks ["pmi.masked-entry-sends-nothing"] on BOTH:
        "a counter's NMI is delivered although LVTPC is masked" {
        fn masked_counter_entry_sends(&self) -> bool {
            true
        }
    }

    CounterNmiGoesToTheFirst, "counter-nmi-goes-to-the-first" breaks ["pmi.overflow-is-an-nmi"] on BOTH:
        "a counter's NMI is delivered to the first processor" {
        fn counter_interrupts_its_processor(&self) -> bool {
            false
        }
    }

    DisabledApicDropsNmi, "disabled-apic-drops-nmi" breaks ["path.software-disabled-apic"] on INTEL:
        "a software-disabled local APIC ignores NMIs" {
        fn software_disabled_takes_nmis(&self, _: Vendor) -> Allowed<bool> {
            Allowed::NO
        }
    }

    HardwareDisabledApicTakesNmi, "hardware-disabled-apic-takes-nmi" breaks ["path.hardware-disabled-apic"] on BOTH:
        "a local APIC that is disabled in its base register takes NMI messages" {
        fn hardware_disabled_takes_messages(&self, nmi: bool) -> bool {
            nmi
        }
    }

    HardwareDisabledApicHasNoPin, "hardware-disabled-apic-has-no-pin" breaks ["path.hardware-disabled-apic-pin"] on BOTH:
        "KVM_NMI is lost while the local APIC is disabled in its base register" {
        fn pin_needs_no_apic(&self) -> bool {
            false
        }
    }

    MsiUsesVectorField, "msi-uses-vector-field" breaks ["path.vector-is-ignored", "path.message-vector-is-ignored"] on BOTH:
        "delivery mode NMI is taken for a fixed interrupt with the message's vector" {
        fn nmi_vector_field_counts(&self) -> bool {
            true
        }
    }

    NmiNeedsEoi, "nmi-needs-eoi" breaks ["path.no-service-bits"] on BOTH:
        "an NMI message holds interrupts of its priority back until an EOI" {
        fn nmi_is_in_service(&self) -> bool {
            true
        }
    }

    TprMasksNmi, "tpr-masks-nmi" breaks ["path.priority-is-irrelevant"] on BOTH:
        "a task priority of 15 holds NMI messages back" {
        fn priority_holds_nmis(&self, task_priority: u32) -> bool {
            task_priority >= PRIORITY_CLASS
        }
    }

    BroadcastIncludesSelf, "broadcast-includes-self" breaks ["path.all-but-self"] on BOTH:
        "the shorthand all-excluding-self reaches the sender too" {
        fn command_reaches(&self, shorthand: Shorthand, own: bool, addressed: bool) -> bool {
            shorthand == Shorthand::Others || command_reaches(shorthand, own, addressed)
        }
    }

    BroadcastIsAnIdentifier, "broadcast-is-an-identifier" breaks ["path.broadcast-destination"] on BOTH:
        "a command to the broadcast identifier reaches only a local APIC with that identifier" {
        fn physical_destination_matches(&self, _: bool, id: u32, destination: u32) -> bool {
            destination == id
        }
    }

    LogicalIsPhysical, "logical-is-physical" breaks ["path.logical-destination"] on BOTH:
        "a logical destination is taken for all logical identifiers but the one that it names" {
        fn logical_destination_matches(&self, model: LogicalModel, id: u32, destination: u32) -> bool {
            !logical_destination_matches(model, id, destination)
        }
    }

    AllIncludingSelfTwice, "all-including-self-twice" breaks ["path.all-including-self-shorthand"] on BOTH:
        "the shorthand all-including-self sends two NMIs to the sender" {
        fn sent_by_invalid_shorthand(&self, own: bool) -> Allowed<u32> {
            if own { Allowed::any_of(&[2]) } else { Allowed::any_of(&[1]) }
        }
    }

    CounterIsSilentInL2, "counter-is-silent-in-l2" breaks ["pmi.counts-in-l2"] on BOTH:
        "a counter does not count while L2 runs" {
        fn counter_counts_in_l2(&self) -> bool {
            false
        }
    }

    CounterNmiEscapesL1, "counter-nmi-escapes-l1" breaks ["pmi.nmi-in-l2"] on BOTH:
        "L2 takes the NMI of a counter although its NMIs exit" {
        fn counter_nmi_exits(&self, _: bool) -> bool {
            false
        }
    }

    CounterNmiAlwaysExits, "counter-nmi-always-exits" breaks ["pmi.nmi-in-l2"] on BOTH:
        "the NMI of a counter exits from L2 although its NMIs do not" {
        fn counter_nmi_exits(&self, _: bool) -> bool {
            true
        }
    }

    CounterNmiMeetsVirtualBlocking, "counter-nmi-meets-virtual-blocking" breaks ["pmi.nmi-in-l2"] on BOTH:
        "blocking of virtual NMIs holds the NMI of a counter back" {
        fn virtual_blocking_holds_counter_nmi(&self) -> bool {
            true
        }
    }
}
