//! The initial VMCS of a guest hypervisor, as a table of fields that the ABI's routine writes.

use std::collections::BTreeMap;

use x86::control::CR4_VMXE;
use x86::debug::DR7_RESET;
use x86::segment::{Descriptor, Selector};
use x86::vmcs::{self as field, Field};
use x86::vmx::{ENTRY_GUEST_64, EXIT_HOST_64, Processor, rights};
use x86::{flags, msr};

use super::L2Labels;
use super::descriptor::{busy_task, code, cpu_block, data};
use super::task::TASK_LIMIT;
use crate::map::{self, selector};
use crate::{L2Boot, Mode, StartState, Table};

/// What a field is filled with.
#[derive(Default)]
struct Content {
    /// The register that says which bits of a control may be 0 and which 1; 0 for other fields.
    capability: u32,
    value: u64,
}

/// The table, and what else the ABI's routine reads: address and bytes. `start` is what L1 starts with, `idt` L2's interrupt table.
///
/// The smallest that runs: without EPT, with L1's control registers, GDT and segments; nothing exits except what must (Intel
/// SDM vol. 3, 26.2 "Checks on VMX Controls and Host-State Area" and 26.3 "Checking and Loading Guest State"). No MSR exits:
/// their bitmap is zeros.
pub(super) fn write(boot: &L2Boot, start: &StartState, idt: Table, labels: &L2Labels<'_>) -> Vec<(u64, Vec<u8>)> {
    let writable = field::NAMED.iter().map(|&(_, field)| field).filter(|field| !field.is_read_only());
    let mut contents: BTreeMap<Field, Content> = writable.map(|field| (field, Content::default())).collect();
    contents.extend(controls());
    let values = host(start, labels).into_iter().chain(guest(boot, start, idt, labels.start));
    contents.extend(values.map(|(field, value)| (field, Content { capability: 0, value })));
    let mut table = Vec::new();
    for (field, Content { capability, value }) in contents {
        table.extend(field.0.to_le_bytes());
        table.extend(capability.to_le_bytes());
        table.extend(value.to_le_bytes());
    }
    vec![(map::VMCS_FIELDS.start, table), (map::VMX_MAIN, labels.main.to_le_bytes().into())]
}

/// The execution, exit and entry controls whose bits the processor constrains.
fn controls() -> [(Field, Content); 4] {
    let control = |field, capability, value: u32| (field, Content { capability, value: value.into() });
    [
        control(field::PIN, msr::VMX_PIN, 0),
        control(field::PROCESSOR, msr::VMX_PROCESSOR, Processor::new().with_msr_bitmaps(true).into_bits()),
        control(field::EXIT_CONTROLS, msr::VMX_EXIT, EXIT_HOST_64),
        control(field::ENTRY_CONTROLS, msr::VMX_ENTRY, ENTRY_GUEST_64),
    ]
}

/// The state that an exit loads, as far as it is not 0; the code that enters L2 sets RSP and RIP. Selectors have RPL 0 (26.2.3
/// "Checks on Host Segment and Descriptor-Table Registers").
fn host(start: &StartState, labels: &L2Labels<'_>) -> Vec<(Field, u64)> {
    let own = |selector: u16| u64::from(Selector::from_bits(selector).without_rpl());
    vec![
        (field::HOST_ES, own(selector::KERNEL_DS)),
        (field::HOST_CS, own(selector::KERNEL_CS)),
        (field::HOST_SS, own(selector::KERNEL_DS)),
        (field::HOST_DS, own(selector::KERNEL_DS)),
        (field::HOST_FS, own(selector::KERNEL_DS)),
        (field::HOST_GS, own(selector::CPU_GS)),
        (field::HOST_TR, own(selector::TSS)),
        (field::HOST_CR0, start.cr0),
        (field::HOST_CR3, start.cr3),
        (field::HOST_CR4, start.cr4 | CR4_VMXE),
        (field::HOST_GS_BASE, start.gs.base),
        (field::HOST_TR_BASE, start.tr.base),
        (field::HOST_GDT_BASE, start.gdt.base),
        (field::HOST_IDT_BASE, start.idt.base),
        (field::HOST_RSP, start.rsp),
        (field::HOST_RIP, labels.lost),
    ]
}

/// The state of L2 at its first instruction, as far as it is not 0, and the address of the MSR bitmap.
fn guest(boot: &L2Boot, start: &StartState, idt: Table, rip: u64) -> Vec<(Field, u64)> {
    let interrupts = if boot.interrupts { flags::IF } else { 0 };
    let user = data(3);
    let segments = [
        (ES, selector::USER_DS, user),
        (CS, selector::KERNEL_CS, code(Mode::Long, 0)),
        (SS, selector::KERNEL_DS, data(0)),
        (DS, selector::USER_DS, user),
        (FS, selector::USER_DS, user),
        (GS, selector::CPU_GS, cpu_block(0)),
        (TR, selector::TSS, busy_task(map::TSS[0] as u32, TASK_LIMIT)),
    ];
    let mut values: Vec<(Field, u64)> = segments.into_iter().flat_map(segment).collect();
    values.extend([
        (field::GUEST_LDTR_RIGHTS, rights::UNUSABLE.into()),
        (field::GUEST_GDT_LIMIT, start.gdt.limit.into()),
        (field::GUEST_GDT_BASE, start.gdt.base),
        (field::GUEST_IDT_LIMIT, idt.limit.into()),
        (field::GUEST_IDT_BASE, idt.base),
        (field::GUEST_CR0, start.cr0),
        (field::GUEST_CR3, start.cr3),
        (field::GUEST_CR4, start.cr4 | CR4_VMXE),
        (field::GUEST_DR7, DR7_RESET),
        (field::GUEST_RSP, map::L2_STACK.top()),
        (field::GUEST_RIP, rip),
        (field::GUEST_RFLAGS, flags::FIXED | interrupts),
        (field::LINK_POINTER, u64::MAX),
        (field::MSR_BITMAP, map::MSR_BITMAP),
    ]);
    values
}

/// Selector, limit, access rights and base of a segment register.
type SegmentFields = [Field; 4];

const ES: SegmentFields = [field::GUEST_ES, field::GUEST_ES_LIMIT, field::GUEST_ES_RIGHTS, field::GUEST_ES_BASE];
const CS: SegmentFields = [field::GUEST_CS, field::GUEST_CS_LIMIT, field::GUEST_CS_RIGHTS, field::GUEST_CS_BASE];
const SS: SegmentFields = [field::GUEST_SS, field::GUEST_SS_LIMIT, field::GUEST_SS_RIGHTS, field::GUEST_SS_BASE];
const DS: SegmentFields = [field::GUEST_DS, field::GUEST_DS_LIMIT, field::GUEST_DS_RIGHTS, field::GUEST_DS_BASE];
const FS: SegmentFields = [field::GUEST_FS, field::GUEST_FS_LIMIT, field::GUEST_FS_RIGHTS, field::GUEST_FS_BASE];
const GS: SegmentFields = [field::GUEST_GS, field::GUEST_GS_LIMIT, field::GUEST_GS_RIGHTS, field::GUEST_GS_BASE];
const TR: SegmentFields = [field::GUEST_TR, field::GUEST_TR_LIMIT, field::GUEST_TR_RIGHTS, field::GUEST_TR_BASE];

fn segment((fields, selector, descriptor): (SegmentFields, u16, Descriptor)) -> [(Field, u64); 4] {
    let [own, limit, access, base] = fields;
    [
        (own, selector.into()),
        (limit, descriptor.limit().into()),
        (access, rights::of(descriptor).into()),
        (base, descriptor.base().into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boot, boot};

    fn table() -> BTreeMap<u32, (u32, u64)> {
        let start = boot::start(Mode::Long, &Boot::default(), 0, 0x2000, false, None);
        let labels = L2Labels { main: 0x2100, start: 0x2_0000, lost: 0x4900, handler: &|_| 0x4800 };
        let l2 = L2Boot { interrupts: true, ..L2Boot::default() };
        let pieces = write(&l2, &start, Table { base: 0x2_2fd0, limit: 0x40f }, &labels);
        assert_eq!(pieces[1], (map::VMX_MAIN, vec![0, 0x21, 0, 0, 0, 0, 0, 0]));
        let (at, bytes) = &pieces[0];
        // A zero field ends the table, so one entry must stay free.
        assert!(*at == map::VMCS_FIELDS.start && bytes.len() as u64 + 16 <= map::VMCS_FIELDS.end - at);
        let word = |entry: &[u8], at: usize| u32::from_le_bytes(std::array::from_fn(|byte| entry[at + byte]));
        let entry = |e: &[u8]| (word(e, 0), (word(e, 4), u64::from(word(e, 8)) | u64::from(word(e, 12)) << 32));
        bytes.chunks_exact(16).map(entry).collect()
    }

    // Encodings and values typed from the manual's appendix B and its section 26.3.1.
    #[test]
    fn the_smallest_vmcs_is_the_one_of_the_manual() {
        let table = table();
        let value = |encoding: u32| table.get(&encoding).map(|&(_, value)| value);
        let wanted = [
            (0x0802, 0x08),
            (0x0804, 0x10),
            (0x0806, 0x23),
            (0x080a, 0x2b),
            (0x080c, 0),
            (0x080e, 0x40),
            (0x0c00, 0x10),
            (0x0c02, 0x08),
            (0x0c06, 0x10),
            (0x0c0a, 0x28),
            (0x0c0c, 0x40),
            (0x2004, 0x2_8000),
            (0x2800, u64::MAX),
            (0x4004, 0),
            (0x4016, 0),
            (0x4802, 0xffff_ffff),
            (0x480e, 0x85),
            (0x4810, 0x57),
            (0x4812, 0x40f),
            (0x4816, 0xa09b),
            (0x4818, 0xc093),
            (0x481a, 0xc0f3),
            (0x481e, 0x40f3),
            (0x4820, 0x1_0000),
            (0x4822, 0x8b),
            (0x4824, 0),
            (0x4826, 0),
            (0x6800, 0x8005_0031),
            (0x6802, 0x1_3000),
            (0x6804, 0x2020),
            (0x6810, 0x1040),
            (0x6814, 0x1_0400),
            (0x6818, 0x2_2fd0),
            (0x681a, 0x400),
            (0x681c, 0x2_47c0),
            (0x681e, 0x2_0000),
            (0x6820, 0x202),
            (0x6822, 0),
            (0x6c04, 0x2020),
            (0x6c08, 0x1040),
            (0x6c0e, 0x1_1fd0),
            (0x6c16, 0x4900),
        ];
        for (encoding, wanted) in wanted {
            assert_eq!(value(encoding), Some(wanted), "{encoding:x}");
        }
        let controls =
            [(0x4000, (0x481, 0)), (0x4002, (0x482, 1 << 28)), (0x400c, (0x483, 0x200)), (0x4012, (0x484, 0x200))];
        for (encoding, wanted) in controls {
            assert_eq!(table.get(&encoding), Some(&wanted), "{encoding:x}");
        }
    }

    #[test]
    fn every_field_that_software_writes_is_written() {
        let table = table();
        for (name, field) in field::NAMED {
            assert_eq!(table.contains_key(&field.0), !field.is_read_only(), "{name}");
        }
    }
}
