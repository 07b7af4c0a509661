//! Mistakes with the gate that an NMI goes through.

use spec::delivery::Source;
use spec::gate::{
    class_of, external_bit, gate_offset_is_valid, gate_privilege_is_checked, gate_segment_is_valid, gate_type_is_valid,
};
use spec::{Allowed, Nmi, Vendor};
use x86::vector::Class;

super::mutants! {
    GateTypeUnchecked, "gate-type-unchecked" breaks ["fault.gate-type"] on BOTH:
        "an NMI takes a gate of any type for an interrupt gate" {
        fn gate_type_is_valid(&self, nmi: bool, kind: Option<u8>, long: bool) -> bool {
            nmi || gate_type_is_valid(kind, long)
        }
    }

    GateTargetUnchecked, "gate-target-unchecked" breaks ["fault.gate-target"] on BOTH:
        "an NMI takes a gate with any address and code segment" {
        fn gate_offset_is_valid(&self, nmi: bool, offset: u64) -> bool {
            nmi || gate_offset_is_valid(offset)
        }

        fn gate_segment_is_valid(&self, nmi: bool, long: bool, default: bool) -> bool {
            nmi || gate_segment_is_valid(long, default)
        }
    }

    GateDplChecked, "gate-dpl-checked" breaks ["delivery.gate-privilege-is-ignored"] on INTEL:
        "an NMI must have the privilege that its gate asks of INT n" {
        fn gate_privilege_is_checked(&self, vendor: Vendor, nmi: bool, software: bool) -> Allowed<bool> {
            if nmi { Allowed::YES } else { gate_privilege_is_checked(vendor, nmi, software) }
        }
    }

    FaultInDeliveryDoesNotBlock, "fault-in-delivery-does-not-block" breaks ["fault.blocks-like-delivery"] on BOTH:
        "an NMI whose delivery faults leaves NMIs unblocked" {
        fn fault_in_delivery_keeps_blocking(&self) -> bool {
            false
        }
    }

    FaultInDeliveryRedelivers, "fault-in-delivery-redelivers" breaks ["fault.nmi-is-spent"] on BOTH:
        "an NMI whose delivery faults is made pending again" {
        fn held_after_fault(&self, nmi: &Nmi) -> u32 {
            nmi.pending.saturating_add(1)
        }
    }

    FaultInDeliveryLosesExt, "fault-in-delivery-loses-ext" breaks ["fault.error-code"] on BOTH:
        "a fault in the delivery of an NMI has EXT clear in its error code" {
        fn external_bit(&self, source: Source) -> u32 {
            if source == Source::Nmi { 0 } else { external_bit(source) }
        }
    }

    NmiAfterFaultInDeliveryLost, "nmi-after-fault-in-delivery-lost" breaks ["fault.nmi-is-spent"] on BOTH:
        "a fault in the delivery of an NMI drops the NMI that waits behind it" {
        fn held_after_fault(&self, _: &Nmi) -> u32 {
            0
        }
    }

    FaultInDeliveryIsDoubleFault, "fault-in-delivery-is-double-fault" breaks ["fault.double-fault"] on BOTH:
        "a fault in the delivery of an NMI becomes #DF" {
        fn class_of(&self, source: Source, vector: u8) -> Class {
            if source == Source::Nmi { Class::Contributory } else { class_of(source, vector) }
        }
    }
}
