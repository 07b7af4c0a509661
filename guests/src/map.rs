//! The guest's physical memory map, which is the same in every mode.
//!
//! Everything that 16-bit code must reach lies below 64 KiB. Addresses are guest-physical and, because segments are
//! flat and pages map one to one, also linear.

use std::ops::Range;

/// Bytes of guest memory, in one slot from address 0.
pub const MEMORY_SIZE: u64 = 0x4_0000;
pub use x86::paging::PAGE;

/// The real-mode interrupt vector table (IDTR.base in real mode).
pub const IVT: u64 = 0x0000;
/// `u32`: how many records were ever reserved in the ring; goes on counting past [`RING_RECORDS`].
pub const RING_HEAD: u64 = 0x1000;
/// Per-processor blocks, which GS:0 points at; the first `u32` of a block is the processor's number.
pub const CPU_BLOCK: [u64; 2] = [0x1040, 0x1080];

/// Code: the case's sections.
pub const CODE: Range<u64> = 0x2000..0x4800;
/// Code of the trace ABI: the routines and the default handlers. It has its own range, so that it is the same in every guest of
/// a mode.
pub const ABI_CODE: Range<u64> = 0x4800..0x5000;
/// The case's data section.
pub const DATA: Range<u64> = 0x5000..0x6000;
/// A present page in front of [`ABSENT_PAGE`], for accesses that run from one into the other.
pub const BEFORE_ABSENT: Range<u64> = 0x6000..0x7000;
/// A page that is not present at the start (ordinary memory in real mode).
pub const ABSENT_PAGE: Range<u64> = 0x7000..0x8000;

/// Room kept free above the initial stack pointer, so that a recorded frame never reads past the stack's page.
pub const STACK_MARGIN: u64 = 64;

/// A named stack: a range of memory, whose initial stack pointer is [`Stack::top`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack {
    /// The word case files use.
    pub name: &'static str,
    /// Lowest address.
    pub start: u64,
    /// One past the highest address.
    pub end: u64,
}

impl Stack {
    /// The initial stack pointer, 16-byte aligned.
    pub const fn top(&self) -> u64 {
        self.end - STACK_MARGIN
    }

    /// Whether a stack pointer lies in this stack (its lowest address up to and including the end of the margin).
    pub fn holds(&self, stack_pointer: u64) -> bool {
        (self.start..=self.end).contains(&stack_pointer)
    }
}

/// Where the first processor's `main` runs.
pub const MAIN_STACK: Stack = Stack { name: "main", start: 0x8000, end: 0x8800 };
/// TSS.RSP0 of the first processor: the stack for entries from CPL 3.
pub const KERNEL_STACK: Stack = Stack { name: "kernel", start: 0x8800, end: 0x9000 };
/// TSS.IST1 to IST3 of the first processor.
pub const IST_STACKS: [Stack; 3] = [
    Stack { name: "ist1", start: 0x9000, end: 0x9800 },
    Stack { name: "ist2", start: 0x9800, end: 0xa000 },
    Stack { name: "ist3", start: 0xa000, end: 0xa800 },
];
/// Where the second processor runs.
pub const PEER_STACK: Stack = Stack { name: "peer", start: 0xa800, end: 0xac00 };
/// TSS.RSP0 and every IST of the second processor.
pub const PEER_KERNEL_STACK: Stack = Stack { name: "peer-kernel", start: 0xac00, end: 0xb000 };

/// Where L2 runs, the guest of a guest hypervisor.
pub const L2_STACK: Stack = Stack { name: "l2", start: 0x2_4000, end: 0x2_4800 };

/// Every named stack.
pub const STACKS: [Stack; 8] =
    [MAIN_STACK, KERNEL_STACK, IST_STACKS[0], IST_STACKS[1], IST_STACKS[2], PEER_STACK, PEER_KERNEL_STACK, L2_STACK];

/// The trace ring.
pub const RING: Range<u64> = 0xb000..0xf000;
/// Bytes in one record of the ring.
pub const RECORD_SIZE: u64 = 128;
/// How many records the ring holds; a longer trace is reported, never overwritten.
pub const RING_RECORDS: u64 = (RING.end - RING.start) / RECORD_SIZE;
/// Unused by guests, within reach of 16-bit code: a bare machine keeps the code here that starts guests and takes control back.
pub const BARE_PAGE: Range<u64> = 0xf000..0x1_0000;

/// GDTs, one per processor.
pub const GDT: [u64; 2] = [0x1_0000, 0x1_0200];
/// Task-state segments with their I/O permission bitmaps, one per processor.
pub const TSS: [u64; 2] = [0x1_0400, 0x1_0800];
/// The page that holds the gates of vectors 0 to 2; the other gates lie in the page after it.
pub const GATE_PAGE: Range<u64> = 0x1_1000..0x1_2000;
/// First page of the paging structures: PML4, PDPT, PD, PT, PD of the APICs (long); PD, then PT at +3 pages (protected).
pub const PAGE_TABLES: Range<u64> = 0x1_3000..0x1_8000;
/// The page table (PT) that maps all of guest memory; entry n maps page n.
pub const PAGE_TABLE: u64 = 0x1_6000;
/// Code of a guest hypervisor's own guest, L2: the sections `l2`, `l2-nmi`, ...
pub const L2_CODE: Range<u64> = 0x2_0000..0x2_2000;
/// The page that holds L2's gates of vectors 0 to 2; its other gates lie in the page after it.
pub const L2_GATE_PAGE: Range<u64> = 0x2_2000..0x2_3000;
/// The VMCB.
pub const VMCB: u64 = 0x2_5000;
/// The page that VM_HSAVE_PA names.
pub const HOST_SAVE: u64 = 0x2_6000;

/// The VMCS, in the VMCB's place.
pub const VMCS: u64 = VMCB;
/// The VMXON region, in the place of the page that VM_HSAVE_PA names.
pub const VMXON: u64 = HOST_SAVE;

/// Code of the trace ABI for a guest hypervisor.
pub const HYPERVISOR_ABI_CODE: Range<u64> = 0x2_7000..0x2_7400;
/// `u64`: the memory operand of VMXON, VMCLEAR and VMPTRLD, which holds the address of a region.
pub const VMX_POINTER: u64 = 0x2_7400;
/// `u64`: where `main` begins.
pub const VMX_MAIN: u64 = 0x2_7408;
/// `u32`: 1 if the last VM entry was a VMfail.
pub const VMX_FAILED: u64 = 0x2_7410;
/// The fields with which the VMCS is filled: encoding (4 bytes), number of the capability MSR of a control or 0 (4), value (8);
/// a zero encoding ends the table.
pub const VMCS_FIELDS: Range<u64> = 0x2_7800..0x2_8000;
/// Bytes in one entry of [`VMCS_FIELDS`].
pub const VMCS_FIELD_SIZE: u64 = 16;
/// The MSR bitmap: zeros, so that no MSR exits.
pub const MSR_BITMAP: u64 = 0x2_8000;

/// Memory nothing else uses.
pub const SCRATCH: Range<u64> = 0x1_8000..0x2_0000;

pub use x86::smm::SMBASE;
/// Where the processor enters SMM: SMBASE + 8000h.
pub const SMM_ENTRY: u64 = SMBASE + x86::smm::ENTRY;
/// The case's `smm` section.
pub const SMM_CODE: Range<u64> = SMM_ENTRY..0x3_8e00;
/// Code of the trace ABI for SMM.
pub const SMM_ABI_CODE: Range<u64> = 0x3_8e00..0x3_9000;

pub use x86::apic::PAGE as APIC_PAGE;
pub use x86::message::IOAPIC_PAGE;

/// Selectors of the GDT. The requested privilege level is part of the user selectors.
pub mod selector {
    /// Ring 0 code.
    pub const KERNEL_CS: u16 = 0x08;
    /// Ring 0 data and stack.
    pub const KERNEL_DS: u16 = 0x10;
    /// Ring 3 code.
    pub const USER_CS: u16 = 0x18 | 3;
    /// Ring 3 data and stack.
    pub const USER_DS: u16 = 0x20 | 3;
    /// The processor block (base differs per processor), DPL 3 so that it survives an IRET to CPL 3.
    pub const CPU_GS: u16 = 0x28 | 3;
    /// Ring 0 code marked not present.
    pub const ABSENT_CS: u16 = 0x30;
    /// Ring 0 writable data marked not present: #SS when loaded into SS.
    pub const ABSENT_SS: u16 = 0x38;
    /// The task-state segment (two slots in long mode).
    pub const TSS: u16 = 0x40;
    /// Ring 0 code of 32 bits, in long mode.
    pub const NARROW_CS: u16 = 0x50;
    /// Beyond the GDT's limit: #GP when loaded.
    pub const BAD: u16 = 0x1f0;
}

/// The I/O ports by which a guest calls its host; they avoid those of KVM's in-kernel devices.
pub mod port {
    /// The guest stands right after a `snap`.
    pub const SNAP: u8 = 0xe0;
    /// Raise AL NMIs by the trial's path.
    pub const RAISE: u8 = 0xe1;
    /// The case is done on this processor.
    pub const DONE: u8 = 0xe2;
    /// An exception that no section handles; the stack holds vector, error code and the frame.
    pub const FAULT: u8 = 0xe3;
    /// Raise one NMI by the trial's path once this processor has halted.
    pub const ARM: u8 = 0xe4;
    /// The sender (the built-in program of a second processor) is ready to send one IPI.
    pub const SEND: u8 = 0xe5;
    /// Make external interrupt [`super::super::vector::IRQ`] pending.
    pub const IRQ: u8 = 0xe6;
    /// Every port of the ABI.
    pub const ALL: std::ops::RangeInclusive<u8> = SNAP..=IRQ;
}

#[cfg(test)]
mod tests {
    use x86::gate::{VECTOR_REAL, VECTORS};
    use x86::smm::STATE_SAVE;

    use super::*;

    /// The table of `guests/README.md`.
    fn rows() -> Vec<(Range<u64>, String)> {
        let stacks = STACKS.map(|stack| (stack.start..stack.end, format!("stack `{}`", stack.name)));
        let mut rows = vec![
            (IVT..IVT + VECTORS * VECTOR_REAL, "interrupt vector table (real mode)".to_owned()),
            (RING_HEAD..RING_HEAD + 4, "how many records were ever reserved".to_owned()),
            (CPU_BLOCK[0]..CPU_BLOCK[0] + 0x40, "block of processor 0 (GS)".to_owned()),
            (CPU_BLOCK[1]..CPU_BLOCK[1] + 0x40, "block of processor 1 (GS)".to_owned()),
            (CODE, "code: the case's sections".to_owned()),
            (ABI_CODE, "code: the ABI's routines and default handlers".to_owned()),
            (DATA, "section `data`".to_owned()),
            (BEFORE_ABSENT, "`before_absent`: the page in front of the absent one".to_owned()),
            (ABSENT_PAGE, "`absent`: not present".to_owned()),
            (RING, format!("trace ring: {RING_RECORDS} records of {RECORD_SIZE} bytes")),
            (BARE_PAGE, "free: the bare machine's own code".to_owned()),
            (GDT[0]..GDT[1], "GDT of processor 0".to_owned()),
            (GDT[1]..TSS[0], "GDT of processor 1".to_owned()),
            (TSS[0]..TSS[1], "TSS of processor 0".to_owned()),
            (TSS[1]..GATE_PAGE.start, "TSS of processor 1".to_owned()),
            (GATE_PAGE, "gate page: at its end the gates of vectors 0 to 2".to_owned()),
            (GATE_PAGE.end..PAGE_TABLES.start, "gates of the other vectors".to_owned()),
            (PAGE_TABLES, format!("paging structures, the PT at {PAGE_TABLE:X}h")),
            (SCRATCH, "`scratch`: nothing else uses it".to_owned()),
            (L2_CODE, "code of L2: the sections `l2`, `l2-nmi`, ...".to_owned()),
            (L2_GATE_PAGE, "L2's gate page: at its end the gates of vectors 0 to 2".to_owned()),
            (L2_GATE_PAGE.end..L2_STACK.start, "L2's gates of the other vectors".to_owned()),
            (VMCB..VMCB + PAGE, "the VMCB, or the VMCS".to_owned()),
            (HOST_SAVE..HOST_SAVE + PAGE, "the page of VM_HSAVE_PA, or the VMXON region".to_owned()),
            (HYPERVISOR_ABI_CODE, "the ABI's routines for a guest hypervisor".to_owned()),
            (VMX_POINTER..VMX_FAILED + 4, "what those for the VMCS keep".to_owned()),
            (VMCS_FIELDS, "the fields with which the VMCS is filled".to_owned()),
            (MSR_BITMAP..MSR_BITMAP + PAGE, "the MSR bitmap".to_owned()),
            (SMM_CODE, "section `smm`".to_owned()),
            (SMM_ABI_CODE, "the ABI's routines for SMM".to_owned()),
            (SMBASE + STATE_SAVE.start..SMBASE + STATE_SAVE.end, "SMM state-save area".to_owned()),
        ];
        rows.extend(stacks);
        rows.sort_by_key(|(range, _)| range.start);
        rows
    }

    #[test]
    fn nothing_overlaps_and_all_is_in_memory() {
        let rows = rows();
        for pair in rows.windows(2) {
            assert!(pair[0].0.end <= pair[1].0.start, "{} and {}", pair[0].1, pair[1].1);
        }
        assert!(rows.iter().all(|(range, _)| range.end <= MEMORY_SIZE && !range.is_empty()));
    }

    #[test]
    fn the_readme_has_this_map() {
        let rows = rows();
        let row =
            |(range, what): &(Range<u64>, String)| format!("| {:05X}h | {:05X}h | {what} |\n", range.start, range.end);
        let table: String = rows.iter().map(row).collect();
        assert!(include_str!("../README.md").contains(&table), "guests/README.md should say:\n{table}");
    }

    #[test]
    fn a_recorded_frame_stays_on_its_stack() {
        const { assert!(STACK_MARGIN >= 6 * 8) };
        assert!(STACKS.iter().all(|stack| stack.top() % 16 == 0 && stack.holds(stack.top())));
    }
}
