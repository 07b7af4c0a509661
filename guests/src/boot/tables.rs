//! All the tables that a guest starts with, as bytes at their addresses.

use x86::segment::{DESCRIPTOR, Descriptor, Selector};

use super::descriptor::{busy_task, code, cpu_block, data};
use super::gate::{HANDLED, gate, idt_base, idt_entry_size};
use super::paging::{entries, entry_size};
use super::task::{TASK_LIMIT, task_segment};
use crate::map::{self, selector};
use crate::{Boot, Mode};

/// Where the handlers are.
pub struct Tables<'a> {
    /// The handler's address, by vector; only vectors of [`HANDLED`] are asked for.
    pub handler: &'a dyn Fn(u8) -> u64,
    /// Where real mode sends every other vector.
    pub other: u64,
}

/// A processor's GDT, null descriptor first (see [`selector`]).
pub(super) fn gdt(mode: Mode, cpu: usize) -> Vec<u8> {
    let mut descriptors = vec![
        (selector::KERNEL_CS, code(mode, 0)),
        (selector::KERNEL_DS, data(0)),
        (selector::USER_CS, code(mode, 3)),
        (selector::USER_DS, data(3)),
        (selector::CPU_GS, cpu_block(cpu)),
        (selector::ABSENT_CS, code(mode, 0).with_present(false)),
        (selector::ABSENT_SS, data(0).with_present(false)),
        (selector::TSS, busy_task(map::TSS[cpu] as u32, TASK_LIMIT)),
    ];
    if mode == Mode::Long {
        // The upper half of the task-state segment's descriptor: bits 63:32 of its base.
        descriptors.push((Selector::from_bits(selector::TSS).next().into_bits(), Descriptor::new()));
        descriptors.push((selector::NARROW_CS, code(Mode::Protected, 0)));
    }
    let mut bytes = vec![0; DESCRIPTOR as usize * (descriptors.len() + 1)];
    for (selector, descriptor) in descriptors {
        let at = Selector::from_bits(selector).offset() as usize;
        bytes[at..at + DESCRIPTOR as usize].copy_from_slice(&descriptor.into_bits().to_le_bytes());
    }
    bytes
}

/// Every table of the mode: address and bytes. The second processor has its own GDT and task-state segment and shares
/// the rest.
pub fn write_tables(mode: Mode, boot: &Boot, tables: &Tables<'_>) -> Vec<(u64, Vec<u8>)> {
    let mut pieces = Vec::new();
    for (cpu, &block) in map::CPU_BLOCK.iter().enumerate() {
        pieces.push((block, (cpu as u32).to_le_bytes().to_vec()));
        if mode != Mode::Real {
            pieces.push((map::GDT[cpu], gdt(mode, cpu)));
            pieces.push((map::TSS[cpu], task_segment(mode, cpu)));
        }
    }
    let slot = |vector: u8| idt_base(mode) + u64::from(vector) * idt_entry_size(mode);
    if mode == Mode::Real {
        // Real mode has no "not present", and a zero entry would execute the table itself.
        pieces.extend((0..=u8::MAX).map(|vector| (slot(vector), gate(mode, boot, vector, tables.other))));
    }
    pieces.extend(HANDLED.map(|vector| (slot(vector), gate(mode, boot, vector, (tables.handler)(vector)))));
    let size = entry_size(mode) as usize;
    let entries = entries(mode, boot).into_iter();
    pieces.extend(entries.map(|(at, entry)| (at, entry.into_bits().to_le_bytes()[..size].to_vec())));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(mode: Mode) -> Vec<u8> {
        let handler = |vector: u8| 0x2000 + u64::from(vector);
        let mut memory = vec![0; map::MEMORY_SIZE as usize];
        for (at, bytes) in write_tables(mode, &Boot::default(), &Tables { handler: &handler, other: 0x3000 }) {
            memory[at as usize..at as usize + bytes.len()].copy_from_slice(&bytes);
        }
        memory
    }

    #[test]
    fn selectors_select_what_their_names_say() {
        let gdt = gdt(Mode::Long, 0);
        let at = |selector: u16| {
            let at = usize::from(selector & !7);
            u64::from_le_bytes(std::array::from_fn(|byte| gdt[at + byte]))
        };
        assert_eq!(gdt.len(), 0x58);
        assert_eq!(at(0), 0);
        assert_eq!(at(0x08), 0x00af_9b00_0000_ffff);
        assert_eq!(at(0x10), 0x00cf_9300_0000_ffff);
        assert_eq!(at(0x1b), 0x00af_fb00_0000_ffff);
        assert_eq!(at(0x23), 0x00cf_f300_0000_ffff);
        assert_eq!(at(0x2b), 0x0040_f300_1040_003f);
        assert_eq!(at(0x30), 0x00af_1b00_0000_ffff);
        assert_eq!(at(0x38), 0x00cf_1300_0000_ffff);
        assert_eq!(at(0x40), 0x0000_8b01_0400_0085);
        assert_eq!(at(0x48), 0);
        assert_eq!(at(0x50), 0x00cf_9b00_0000_ffff);
    }

    #[test]
    fn real_mode_sends_every_vector_somewhere() {
        let memory = memory(Mode::Real);
        assert_eq!(memory[8..12], [0x02, 0x20, 0, 0]); // NMI
        assert_eq!(memory[0x100..0x104], [0x40, 0x20, 0, 0]); // 40h
        assert_eq!(memory[0x80..0x84], [0, 0x30, 0, 0]); // 20h
        assert_eq!(memory[0x1080], 1);
    }

    #[test]
    fn gates_without_a_handler_are_not_present() {
        let memory = memory(Mode::Long);
        assert_eq!(memory[0x1_1ff0..0x1_1ff8], [0x02, 0x20, 0x08, 0, 0, 0xee, 0, 0]);
        assert_eq!(memory[0x1_2000..0x1_2002], [0x03, 0x20]);
        assert!(memory[0x1_1fd0 + 0x200..0x1_1fd0 + 0x400].iter().all(|&byte| byte == 0));
        assert_eq!(memory[0x1_1fd0 + 0x400], 0x40);
    }
}
