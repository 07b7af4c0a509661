//! What L2 starts with: the VMCB or VMCS, and its interrupt table.

use super::gate::{HANDLED, gate, idt_base_of, idt_entry_size};
use super::{L2Labels, vmcb, vmcs};
use crate::{Boot, Hypervisor, L2Boot, Mode, StartState, Table, map, vector};

/// The VMCB, or the table that fills the VMCS, and L2's gates: address and bytes. `start` is what L1 starts with.
pub fn write_l2(
    hypervisor: Hypervisor,
    boot: &L2Boot,
    start: &StartState,
    labels: &L2Labels<'_>,
) -> Vec<(u64, Vec<u8>)> {
    let base = idt_base_of(map::L2_GATE_PAGE, Mode::Long);
    let size = idt_entry_size(Mode::Long);
    let limit = boot.idt_limit.unwrap_or(((u64::from(vector::IRQ) + 1) * size - 1) as u16);
    let idt = Table { base, limit };
    let mut pieces = match hypervisor {
        Hypervisor::Svm => vmcb::write(boot, start, idt, labels.start),
        Hypervisor::Vmx => vmcs::write(boot, start, idt, labels),
    };
    let gates = Boot { gates: boot.gates.clone(), ..Boot::default() };
    let entry = |vector: u8| base + u64::from(vector) * size;
    pieces.extend(HANDLED.map(|vector| (entry(vector), gate(Mode::Long, &gates, vector, (labels.handler)(vector)))));
    pieces
}
