//! The constants of the hardware and of the trace ABI that the pieces of C name as words: `@EXAMPLE@`.

use guests::abi::layout;
use guests::map::{self, port};
use guests::vector;
use x86::apic::{ApicBase, Spurious, delivery, register};
use x86::cpuid::{Identification, extended_ecx, features_ecx, leaf};
use x86::debug::{DR6_BREAKPOINTS, DR7_RESET, Dr7};
use x86::message::{MessageAddress, MessageData};
use x86::msr;
use x86::svm::{Event, event_type, features_edx};
use x86::vmx::{Allowed, Misc, Pin, Processor, interruption};

use super::template::fill;

/// Replaces these words in the text.
pub(super) fn with_numbers(text: &str) -> String {
    let hexadecimal = hexadecimal().into_iter().map(|(word, number)| (word, format!("{number:#x}")));
    let decimal = decimal().into_iter().map(|(word, number)| (word, number.to_string()));
    let words: Vec<(&str, String)> = hexadecimal.chain(decimal).collect();
    let words: Vec<(&str, &str)> = words.iter().map(|(word, number)| (*word, number.as_str())).collect();
    fill(text, &words)
}

/// Addresses, masks and other numbers that are written in hexadecimal.
fn hexadecimal() -> Vec<(&'static str, u64)> {
    let spurious = Spurious::new().with_vector(u8::MAX).with_enabled(true);
    let nmi = MessageData::new().with_delivery_mode(delivery::NMI).with_vector(crate::machine::kvm::ODD_VECTOR);
    let x2apic = ApicBase::new().with_enabled(true).with_x2apic(true);
    let kept = Identification::from_bits(u32::MAX).with_processors(0).with_apic_id(0);
    vec![
        ("MEMORY_SIZE", map::MEMORY_SIZE),
        ("TSS_ADDRESS", crate::machine::kvm::TSS_ADDRESS as u64),
        ("RING", map::RING.start),
        ("RING_HEAD", map::RING_HEAD),
        ("NAME_MASK", layout::NAME_MASK.into()),
        ("SNAP_TAG", layout::SNAP.into()),
        ("PORT_SNAP", port::SNAP.into()),
        ("PORT_RAISE", port::RAISE.into()),
        ("PORT_DONE", port::DONE.into()),
        ("PORT_FAULT", port::FAULT.into()),
        ("PORT_ARM", port::ARM.into()),
        ("PORT_SEND", port::SEND.into()),
        ("PORT_IRQ", port::IRQ.into()),
        ("IRQ_VECTOR", vector::IRQ.into()),
        ("SVR", register::SVR.into()),
        ("SVR_ENABLED", spurious.into_bits().into()),
        ("X2APIC_MODE", x2apic.into_bits()),
        ("MESSAGES", MessageAddress::new().into_bits().into()),
        ("NMI_MESSAGE", nmi.into_bits().into()),
        ("DR7_RESET", DR7_RESET),
        ("VECTOR_MASK", u8::MAX.into()),
        ("LEAF_TOPOLOGY", leaf::TOPOLOGY.into()),
        ("LEAF_TOPOLOGY_V2", leaf::TOPOLOGY_V2.into()),
        ("LEAF_AMD_TOPOLOGY", leaf::AMD_TOPOLOGY.into()),
        ("LEAF_EXTENDED_FEATURES", leaf::EXTENDED_FEATURES.into()),
        ("LEAF_SVM", leaf::SVM.into()),
        ("SAME_PROCESSOR", kept.into_bits().into()),
        ("MSR_FEATURE_CONTROL", msr::FEATURE_CONTROL.into()),
        ("MSR_TRUE_PIN", msr::VMX_TRUE_PIN.into()),
        ("MSR_TRUE_PROCESSOR", msr::VMX_TRUE_PROCESSOR.into()),
        ("MSR_MISC", msr::VMX_MISC.into()),
    ]
}

/// Positions of bits and fields, and small numbers.
fn decimal() -> Vec<(&'static str, u64)> {
    let at = |field: u64| u64::from(field.trailing_zeros());
    let (event, message) = (Event::new(), MessageAddress::new());
    vec![
        ("NMI_PIN", crate::machine::kvm::NMI_PIN.pin.into()),
        ("MESSAGE_TO", at((message.with_destination(1).into_bits() ^ message.into_bits()).into())),
        ("DR6_BREAKPOINTS", DR6_BREAKPOINTS),
        ("DR7_GLOBAL", Dr7::new().with_instruction_breakpoint(0).enabled().into()),
        ("EVENT_TYPE", at(event.with_kind(1).into_bits())),
        ("EVENT_VALID", at(event.with_valid(true).into_bits())),
        ("TYPE_MASK", event.with_kind(0b111).into_bits() >> at(event.with_kind(1).into_bits())),
        ("TYPE_EXCEPTION", event_type::EXCEPTION.into()),
        ("TYPE_INT1", interruption::PRIVILEGED.into()),
        ("TYPE_INT3", interruption::SOFTWARE_EXCEPTION.into()),
        ("LEAF_VENDOR", leaf::VENDOR.into()),
        ("LEAF_FEATURES", leaf::FEATURES.into()),
        ("PROCESSORS_AT", at(Identification::new().with_processors(1).into_bits().into())),
        ("APIC_ID_AT", at(Identification::new().with_apic_id(1).into_bits().into())),
        ("BIT_X2APIC", at(features_ecx::X2APIC.into())),
        ("BIT_VMX", at(features_ecx::VMX.into())),
        ("BIT_SVM", at(extended_ecx::SVM.into())),
        ("BIT_VNMI", at(features_edx::VNMI.into())),
        ("BIT_VGIF", at(features_edx::VGIF.into())),
        ("BIT_IDLE_HLT", at(features_edx::IDLE_HLT.into())),
        ("MAY_BE_1", at(Allowed::new().with_may_be_1(1).into_bits())),
        ("BIT_VIRTUAL_NMIS", at(Pin::new().with_virtual_nmis(true).into_bits().into())),
        ("BIT_NMI_WINDOW", at(Processor::new().with_nmi_window(true).into_bits().into())),
        ("BIT_ACTIVITY_HLT", at(Misc::new().with_activity_hlt(true).into_bits())),
    ]
}
