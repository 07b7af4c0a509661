//! The VMCB with which a guest hypervisor starts.

use x86::debug::{DR6_RESET, DR7_RESET};
use x86::flags;
use x86::segment::Descriptor;
use x86::svm::{Field, Intercept, field, segment};

use super::descriptor::{code, data};
use crate::map::{self, selector};
use crate::{L2Boot, Mode, StartState, Table};

/// The VMCB: address and bytes. `start` is what L1 starts with, `idt` L2's interrupt table, `rip` its first instruction.
///
/// The smallest that runs (AMD APM vol. 2, 15.5.1 "Basic Operation"): without nested paging, with L1's control registers, GDT and
/// segments, intercepting VMRUN, which is compulsory, VMMCALL and shutdown.
pub(super) fn write(boot: &L2Boot, start: &StartState, idt: Table, rip: u64) -> Vec<(u64, Vec<u8>)> {
    let interrupts = if boot.interrupts { flags::IF } else { 0 };
    let fields = [
        (field::ASID, 1),
        (field::EFER, start.efer),
        (field::CR0, start.cr0),
        (field::CR3, start.cr3),
        (field::CR4, start.cr4),
        (field::DR6, DR6_RESET),
        (field::DR7, DR7_RESET),
        (field::RFLAGS, flags::FIXED | interrupts),
        (field::RIP, rip),
        (field::RSP, map::L2_STACK.top()),
        (field::GDT_LIMIT, start.gdt.limit.into()),
        (field::GDT_BASE, start.gdt.base),
        (field::IDT_LIMIT, idt.limit.into()),
        (field::IDT_BASE, idt.base),
    ];
    let mut pieces: Vec<(u64, Vec<u8>)> = fields.map(|(field, value)| piece(field, value)).into();
    pieces.extend(intercepts(&[Intercept::SHUTDOWN, Intercept::VMRUN, Intercept::VMMCALL]));
    let user = data(3);
    let segments = [
        (segment::ES, selector::USER_DS, user),
        (segment::CS, selector::KERNEL_CS, code(Mode::Long, 0)),
        (segment::SS, selector::KERNEL_DS, data(0)),
        (segment::DS, selector::USER_DS, user),
    ];
    pieces.extend(segments.map(|(at, selector, descriptor)| (map::VMCB + u64::from(at), loaded(selector, descriptor))));
    pieces
}

fn piece(field: Field, value: u64) -> (u64, Vec<u8>) {
    let bytes = value.to_le_bytes().into_iter().take(field.bytes.into()).collect();
    (map::VMCB + u64::from(field.offset), bytes)
}

/// The words that hold these intercepts.
fn intercepts(wanted: &[Intercept]) -> Vec<(u64, Vec<u8>)> {
    let mut words = std::collections::BTreeMap::<u16, u32>::new();
    for one in wanted {
        *words.entry(one.offset()).or_default() |= one.bit();
    }
    words.into_iter().map(|(at, bits)| (map::VMCB + u64::from(at), bits.to_le_bytes().into())).collect()
}

/// A segment register in the VMCB ([`segment`]).
fn loaded(selector: u16, descriptor: Descriptor) -> Vec<u8> {
    let attributes = segment::attributes(descriptor);
    let parts = [
        u64::from(selector) | u64::from(attributes) << 16 | u64::from(descriptor.limit()) << 32,
        descriptor.base().into(),
    ];
    parts.into_iter().flat_map(u64::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Boot, Hypervisor, boot, map};

    #[test]
    fn the_smallest_vmcb_is_the_one_of_the_manual() {
        let start = boot::start(Mode::Long, &Boot::default(), 0, 0x2000, false, Some(Hypervisor::Svm));
        let mut memory = vec![0u8; 0x700];
        let idt = Table { base: 0x2_2fd0, limit: 0x40f };
        for (at, bytes) in write(&L2Boot { interrupts: true, ..L2Boot::default() }, &start, idt, 0x2_0000) {
            let at = (at - map::VMCB) as usize;
            memory[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| memory[at + byte]));
        assert_eq!((long(0x008), long(0x010)), (0x8000_0000 << 32, 3));
        assert_eq!((long(0x058), long(0x090), long(0x0a8)), (1, 0, 0));
        assert_eq!(
            [0x400, 0x410, 0x420, 0x430].map(long),
            [0x23, 0x08, 0x10, 0x23].map(|s| s
                | 0xffff_ffff << 32
                | match s {
                    0x08 => 0xa9b << 16,
                    0x10 => 0xc93 << 16,
                    _ => 0xcf3 << 16,
                })
        );
        assert_eq!((long(0x460) >> 32, long(0x468)), (0x57, 0x1_0000));
        assert_eq!((long(0x480) >> 32, long(0x488)), (0x40f, 0x2_2fd0));
        assert_eq!((memory[0x4cb], long(0x4d0)), (0, 0x1d01));
        assert_eq!([0x548, 0x550, 0x558, 0x560, 0x568].map(long), [0x20, 0x1_3000, 0x8005_0031, 0x400, 0xffff_0ff0]);
        assert_eq!([0x570, 0x578, 0x5d8].map(long), [0x202, 0x2_0000, 0x2_47c0]);
    }
}
