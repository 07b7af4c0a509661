//! The names that text assembly may use for addresses, selectors and sizes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use x86::apic::register;
use x86::paging::PageEntry;

use x86::svm::field;
use x86::vmcs;

use crate::boot::{GATE_PRESENT, entry_address, idt_base, idt_base_of, idt_entry_size};
use crate::map::{self, selector};
use crate::{Mode, vector};

static REAL: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| define(Mode::Real));
static PROTECTED: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| define(Mode::Protected));
static LONG: LazyLock<BTreeMap<String, u64>> = LazyLock::new(|| define(Mode::Long));

/// The assembler's constants in `mode`.
///
/// In real mode the kernel's selectors are 0, the segment of everything, so that a frame can be written once for all
/// modes; what real mode does not have (other selectors, page-table entries) is not defined there.
pub(crate) fn constants(mode: Mode) -> &'static BTreeMap<String, u64> {
    match mode {
        Mode::Real => &REAL,
        Mode::Protected => &PROTECTED,
        Mode::Long => &LONG,
    }
}

fn define(mode: Mode) -> BTreeMap<String, u64> {
    let real = mode == Mode::Real;
    let apic = |register: u32| map::APIC_PAGE + u64::from(register);
    let kernel = |selector: u16| if real { 0 } else { u64::from(selector) };
    let mut constants = vec![
        ("KERNEL_CS", kernel(selector::KERNEL_CS)),
        ("KERNEL_DS", kernel(selector::KERNEL_DS)),
        ("SLOT", mode.slot()),
        ("IRQ_VECTOR", u64::from(vector::IRQ)),
        ("IDT_BASE", idt_base(mode)),
        ("APIC", map::APIC_PAGE),
        ("ICR", apic(register::ICR)),
        ("ICR2", apic(register::ICR_HIGH)),
        ("LVTPC", apic(register::LVTPC)),
        ("EOI", apic(register::EOI)),
        ("SVR", apic(register::SVR)),
        ("IOAPIC", map::IOAPIC_PAGE),
        ("before_absent", map::BEFORE_ABSENT.start),
        ("absent", map::ABSENT_PAGE.start),
        ("scratch", map::SCRATCH.start),
    ];
    if !real {
        constants.extend([
            ("USER_CS", selector::USER_CS.into()),
            ("USER_DS", selector::USER_DS.into()),
            ("CPU_GS", selector::CPU_GS.into()),
            ("ABSENT_CS", selector::ABSENT_CS.into()),
            ("ABSENT_SS", selector::ABSENT_SS.into()),
            ("TSS_SELECTOR", selector::TSS.into()),
            ("BAD_SELECTOR", selector::BAD.into()),
            ("GDT_BASE", map::GDT[0]),
            ("TSS_BASE", map::TSS[0]),
            ("absent_pte", entry_address(mode, map::ABSENT_PAGE.start)),
            ("before_absent_pte", entry_address(mode, map::BEFORE_ABSENT.start)),
            ("gate_page_pte", entry_address(mode, map::GATE_PAGE.start)),
            ("data_pte", entry_address(mode, map::DATA.start)),
            ("PTE_PRESENT", PageEntry::new().with_present(true).into_bits()),
            ("PTE_WRITABLE", PageEntry::new().with_writable(true).into_bits()),
            ("PTE_USER", PageEntry::new().with_user(true).into_bits()),
        ]);
    }
    let mut hypervisor = Vec::new();
    if mode == Mode::Long {
        let gate = |vector: u8| idt_base_of(map::L2_GATE_PAGE, mode) + u64::from(vector) * idt_entry_size(mode);
        let fields = field::NAMED.map(|(name, field)| (format!("vmcb_{name}"), map::VMCB + u64::from(field.offset)));
        let gates = vector::NAMED.map(|(name, vector)| (format!("l2_gate_{name}"), gate(vector)));
        let whole = [("VMCB".to_owned(), map::VMCB), ("GATE_PRESENT".to_owned(), GATE_PRESENT.into())];
        hypervisor.extend(whole.into_iter().chain(fields).chain(gates));
        hypervisor.extend(vmcs::NAMED.iter().map(|(name, field)| (format!("vmcs_{name}"), field.0.into())));
    }
    let stacks = map::STACKS.iter().map(|stack| (format!("{}_top", stack.name.replace('-', "_")), stack.top()));
    constants.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(stacks).chain(hypervisor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_case_files_have_their_values() {
        let long = constants(Mode::Long);
        for (name, value) in [
            ("USER_CS", 0x1b),
            ("main_top", 0x87c0),
            ("ist1_top", 0x97c0),
            ("peer_kernel_top", 0xafc0),
            ("absent", 0x7000),
            ("absent_pte", 0x1_6038),
            ("gate_page_pte", 0x1_6088),
            ("ICR", 0xfee0_0300),
            ("SLOT", 8),
            ("VMCB", 0x2_5000),
            ("vmcb_eventinj", 0x2_50a8),
            ("l2_gate_nmi", 0x2_2ff0),
            ("GATE_PRESENT", 0xee),
            ("vmcs_rip", 0x681e),
        ] {
            assert_eq!(long.get(name), Some(&value), "{name}");
        }
        assert_eq!(constants(Mode::Protected).get("absent_pte"), Some(&0x1_601c));
    }

    #[test]
    fn the_format_page_names_every_constant() {
        let page = include_str!("../../../cases/README.md");
        // The page describes these as families: a field or a gate of that name.
        let families = ["vmcb_", "vmcs_", "l2_gate_"];
        for name in constants(Mode::Long).keys().chain(constants(Mode::Real).keys()) {
            let told = families.iter().any(|family| name.starts_with(family)) || page.contains(&format!("`{name}`"));
            assert!(told, "cases/README.md does not mention `{name}`");
        }
    }

    #[test]
    fn real_mode_knows_no_descriptors() {
        let real = constants(Mode::Real);
        assert_eq!(real.get("KERNEL_CS"), Some(&0));
        assert_eq!(real.get("USER_CS"), None);
        assert_eq!(real.get("SLOT"), Some(&2));
    }
}
