//! Guest hypervisors on AMD's processors: EVENTINJ.

use spec::Shadow;
use spec::context::InjectionInto;
use spec::injection::injection_is_valid;

super::mutants! {
    InjectionWaitsForFlag, "injection-waits-for-flag" breaks ["svm.eventinj-unconditional"] on AMD:
        "an injected event waits for L2's RFLAGS.IF" {
        fn injected_is_delivered(&self, entry: &InjectionInto) -> bool {
            entry.interrupts_enabled
        }
    }

    InjectionWaitsForShadow, "injection-waits-for-shadow" breaks ["svm.eventinj-unconditional"] on AMD:
        "an injected event waits for the end of the interrupt shadow" {
        fn injected_is_delivered(&self, entry: &InjectionInto) -> bool {
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
}
