//! Assembles the lab's own assembly texts: the constants of the hardware that all of them use.

use std::collections::BTreeMap;

use guests::asm::{self, AsmError, Assembled, NoPseudo, Region};
use x86::apic::{self, ApicBase, Spurious, register};
use x86::control::{CR0_PE, CR0_PG, CR4_PAE, CR4_VMXE, EFER_LME, EFER_SVME};
use x86::cpuid::{self, extended_ecx, features_ecx, leaf};
use x86::debug::{DR6_RESET, DR7_RESET};
use x86::flags::FIXED;
use x86::gate::{GATE_PROTECTED, GateDescriptor, VECTORS, kind as gate};
use x86::paging::{PageEntry, reach};
use x86::pc::{self, serial};
use x86::segment::{Descriptor, FLAT, LIMIT_64K, Selector, TYPE_BYTE, kind, system};
use x86::svm::features_edx;
use x86::vmx::Pin;
use x86::{msr, vector};

/// Mistakes in one of the lab's own assembly texts.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(placed).collect::<Vec<_>>().join("; "))]
pub struct BadText(Vec<AsmError>);

/// The mistake, with its unit and line.
fn placed(mistake: &AsmError) -> String {
    format!("{} line {}: {mistake}", mistake.unit, mistake.line + 1)
}

/// Assembles texts of the lab with the hardware's constants and their own. Errors: all mistakes in them.
pub(crate) fn assemble(regions: &[Region<'_>], own: &[(&str, u64)]) -> Result<Assembled, BadText> {
    let constants = HARDWARE.iter().chain(own).map(|&(name, value)| (name.to_owned(), value));
    let constants: BTreeMap<String, u64> = constants.collect();
    asm::assemble(regions, &[&constants], &mut NoPseudo).map_err(BadText)
}

/// A flat 32-bit code segment.
pub(crate) const CODE32: u64 = flat(kind::FLAT_CODE).with_big(true).into_bits();
/// A flat data segment.
pub(crate) const DATA32: u64 = flat(kind::FLAT_DATA).with_big(true).into_bits();
/// A 64-bit code segment.
pub(crate) const CODE64: u64 = flat(kind::FLAT_CODE).with_long(true).into_bits();
/// A 16-bit code segment of 64 KiB.
pub(crate) const CODE16: u64 = segment(LIMIT_64K, kind::FLAT_CODE).into_bits();
/// A 16-bit data segment of 64 KiB.
pub(crate) const DATA16: u64 = segment(LIMIT_64K, kind::FLAT_DATA).into_bits();

const fn flat(kind: u8) -> Descriptor {
    segment(FLAT, kind).with_granular(true)
}

const fn segment(limit: u32, kind: u8) -> Descriptor {
    Descriptor::at(0, limit).with_kind(kind).with_code_or_data(true).with_present(true)
}

/// The last four letters of the vendor's name, as CPUID has them in ECX.
const AMD_ECX: u32 = {
    let name = cpuid::AMD;
    u32::from_le_bytes([name[8], name[9], name[10], name[11]])
};

const fn bit(mask: u32) -> u64 {
    mask.trailing_zeros() as u64
}

const fn port(of: u16) -> u64 {
    (pc::COM1 + of) as u64
}

const OPEN: PageEntry = PageEntry::new().with_present(true).with_writable(true);

/// Numbers of bits end in `_BIT`; all other names of bits are masks.
const HARDWARE: [(&str, u64); 71] = [
    ("CR0_PE", CR0_PE),
    ("CR0_PG", CR0_PG),
    ("CR4_PAE", CR4_PAE),
    ("CR4_VMXE", CR4_VMXE),
    ("DR6_RESET", DR6_RESET),
    ("DR7_RESET", DR7_RESET),
    ("FLAGS_RESET", FIXED),
    ("EFER_LME", EFER_LME),
    ("EFER_SVME", EFER_SVME),
    ("MSR_APIC_BASE", msr::APIC_BASE as u64),
    ("MSR_EFER", msr::EFER as u64),
    ("MSR_VMX_PIN", msr::VMX_PIN as u64),
    ("MSR_X2APIC", *msr::X2APIC.start() as u64),
    ("VMX_PIN_VIRTUAL_NMIS_BIT", bit(Pin::new().with_virtual_nmis(true).into_bits())),
    ("X2APIC_MODE", ApicBase::new().with_enabled(true).with_x2apic(true).into_bits()),
    ("APIC_PAGE", apic::PAGE),
    ("APIC_STRIDE_SHIFT", bit(register::STRIDE)),
    ("APIC_TPR", register::TPR as u64),
    ("APIC_EOI", register::EOI as u64),
    ("APIC_SVR", register::SVR as u64),
    ("SVR_RESET", Spurious::new().with_vector(u8::MAX).into_bits() as u64),
    ("SVR_ENABLED", Spurious::new().with_vector(u8::MAX).with_enabled(true).into_bits() as u64),
    ("LEAF_VENDOR", leaf::VENDOR as u64),
    ("LEAF_FEATURES", leaf::FEATURES as u64),
    ("LEAF_EXTENDED", leaf::EXTENDED as u64),
    ("LEAF_EXTENDED_FEATURES", leaf::EXTENDED_FEATURES as u64),
    ("LEAF_SVM", leaf::SVM as u64),
    ("VENDOR_AMD", AMD_ECX as u64),
    ("FEATURES_VMX_BIT", bit(features_ecx::VMX)),
    ("FEATURES_X2APIC_BIT", bit(features_ecx::X2APIC)),
    ("EXTENDED_SVM_BIT", bit(extended_ecx::SVM)),
    ("SVM_VGIF_BIT", bit(features_edx::VGIF)),
    ("SVM_IDLE_HLT_BIT", bit(features_edx::IDLE_HLT)),
    ("SVM_VNMI_BIT", bit(features_edx::VNMI)),
    ("DESCRIPTOR_TYPE", TYPE_BYTE),
    ("TASK_BUSY", system::BUSY as u64),
    ("CODE32", CODE32),
    ("DATA32", DATA32),
    ("CODE64", CODE64),
    ("RPL_MASK", Selector::new().with_rpl(3).into_bits() as u64),
    ("VECTORS", VECTORS),
    ("VECTOR_DB", vector::DB as u64),
    ("VECTOR_NMI", vector::NMI as u64),
    ("ARCHITECTURAL", vector::ARCHITECTURAL as u64),
    ("GATE_SIZE", GATE_PROTECTED),
    ("GATE_HIGH", GateDescriptor::new().with_kind(gate::INTERRUPT).with_present(true).into_bits() >> 32),
    ("PAGE_OPEN", OPEN.into_bits()),
    ("PAGE_OPEN_LARGE", OPEN.with_large(true).into_bits()),
    ("PAGE_REACH", reach(1)),
    ("PAGE_REACH_2", reach(2)),
    ("PAGE_REACH_3", reach(3)),
    ("PIC1_MASK", pc::PIC1_MASK as u64),
    ("PIC2_MASK", pc::PIC2_MASK as u64),
    ("PIC_ALL", pc::PIC_ALL as u64),
    ("SYSTEM_CONTROL_A", pc::SYSTEM_CONTROL_A as u64),
    ("A20", pc::A20 as u64),
    ("SCREEN", pc::TEXT_SCREEN),
    ("SCREEN_CHARACTERS", pc::TEXT_COLUMNS * pc::TEXT_LINES),
    ("SCREEN_COLUMNS", pc::TEXT_COLUMNS),
    ("SCREEN_ATTRIBUTE", pc::TEXT_ATTRIBUTE as u64),
    ("SCREEN_BLANK", (pc::TEXT_ATTRIBUTE as u64) << 8 | b' ' as u64),
    ("SERIAL_DATA", port(serial::DATA)),
    ("SERIAL_INTERRUPTS", port(serial::INTERRUPTS)),
    ("SERIAL_FIFO", port(serial::FIFO)),
    ("SERIAL_LINE", port(serial::LINE)),
    ("SERIAL_STATUS", port(serial::STATUS)),
    ("SERIAL_FIFO_ON", serial::FIFO_ON as u64),
    ("SERIAL_EIGHT_BITS", serial::EIGHT_BITS as u64),
    ("SERIAL_DIVISOR", serial::DIVISOR as u64),
    ("SERIAL_EMPTY", serial::EMPTY as u64),
    ("LOW_32", u32::MAX as u64),
];
