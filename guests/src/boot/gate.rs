//! The interrupt table: where it lies and what its entries are.

use std::ops::Range;

use x86::gate::{
    GATE_LONG, GATE_PROTECTED, GateDescriptor, RealVector, STACK, VECTOR_REAL, VECTORS, kind, offset_high,
};
use x86::segment::{TYPE_BYTE, USER};

use crate::map::{self, selector};
use crate::{Boot, Gate, Mode, vector};

/// Vectors with a handler: every exception and the external interrupt.
pub const HANDLED: [u8; vector::EXCEPTIONS as usize + 1] = {
    let mut vectors = [vector::IRQ; vector::EXCEPTIONS as usize + 1];
    let mut at = 0;
    while at < vector::EXCEPTIONS {
        vectors[at as usize] = at;
        at += 1;
    }
    vectors
};

/// Bits 63:32 of an address that is not canonical, with 48 bits or with 57.
const NOT_CANONICAL: u32 = 0x8000_0000;

/// Bytes in one entry of the mode's interrupt table.
pub fn idt_entry_size(mode: Mode) -> u64 {
    match mode {
        Mode::Real => VECTOR_REAL,
        Mode::Protected => GATE_PROTECTED,
        Mode::Long => GATE_LONG,
    }
}

/// Where the interrupt table starts. Outside real mode, the gates of vectors 0 to 2 end where [`map::GATE_PAGE`] ends,
/// so that a case can take the NMI's gate away and keep those of #NP, #GP and #PF.
pub fn idt_base(mode: Mode) -> u64 {
    match mode {
        Mode::Real => map::IVT,
        Mode::Protected | Mode::Long => idt_base_of(map::GATE_PAGE, mode),
    }
}

/// Where the interrupt table starts whose gates of vectors 0 to 2 end with `page`.
pub fn idt_base_of(page: Range<u64>, mode: Mode) -> u64 {
    page.end - 3 * idt_entry_size(mode)
}

/// The byte at offset 5 of a present interrupt gate of DPL 3: P, DPL and type.
pub const GATE_PRESENT: u8 = plain_gate().into_bits().to_le_bytes()[TYPE_BYTE as usize];

/// The gate that a case gets by default; DPL 3, so that INT n works at CPL 3.
const fn plain_gate() -> GateDescriptor {
    GateDescriptor::new().with_kind(kind::INTERRUPT).with_dpl(USER).with_present(true)
}

/// IDTR.limit: up to the external interrupt's gate, or what the case asks for.
pub(super) fn idt_limit(mode: Mode, boot: &Boot) -> u16 {
    let entries = if mode == Mode::Real { VECTORS } else { u64::from(vector::IRQ) + 1 };
    boot.idt_limit.unwrap_or((entries * idt_entry_size(mode) - 1) as u16)
}

/// The gate of `vector`, in bytes; `handler` is its code's address.
pub(super) fn gate(mode: Mode, boot: &Boot, vector: u8, handler: u64) -> Vec<u8> {
    if mode == Mode::Real {
        // Segment 0: the image lies below 64 KiB.
        return RealVector::new().with_offset(handler as u16).into_bits().to_le_bytes().to_vec();
    }
    let special = boot.gates.get(&vector).copied();
    let gate = GateDescriptor::new()
        .with_offset(handler)
        .with_selector(match special {
            Some(Gate::BadSelector) => selector::BAD,
            Some(Gate::AbsentSegment) => selector::ABSENT_CS,
            Some(Gate::Task) => selector::TSS,
            Some(Gate::NarrowSegment) => selector::NARROW_CS,
            _ => selector::KERNEL_CS,
        })
        .with_stack(boot.ist.get(&vector).copied().unwrap_or(0) & STACK)
        .with_kind(match special {
            Some(Gate::Trap) => kind::TRAP,
            Some(Gate::Call) => kind::CALL,
            Some(Gate::Task) => kind::TASK,
            Some(Gate::SixteenBit) => kind::INTERRUPT_16,
            _ => kind::INTERRUPT,
        })
        .with_dpl(if special == Some(Gate::DplZero) { 0 } else { USER })
        .with_present(special != Some(Gate::NotPresent));
    let mut bytes = gate.into_bits().to_le_bytes().to_vec();
    if mode == Mode::Long {
        let high = if special == Some(Gate::NonCanonical) { NOT_CANONICAL } else { offset_high(handler) };
        bytes.extend(u64::from(high).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protected_mode_gate_is_eight_bytes() {
        let bytes = gate(Mode::Protected, &Boot::default(), 2, 0x1234_5678);
        assert_eq!(bytes, [0x78, 0x56, 0x08, 0x00, 0x00, 0xee, 0x34, 0x12]);
    }

    #[test]
    fn a_long_mode_gate_is_sixteen_bytes_with_the_stack_index() {
        let boot = Boot { ist: [(2, 1)].into(), ..Boot::default() };
        let bytes = gate(Mode::Long, &boot, 2, 0x2345);
        assert_eq!(bytes, [0x45, 0x23, 0x08, 0, 0x01, 0xee, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_real_mode_vector_is_offset_then_segment() {
        assert_eq!(gate(Mode::Real, &Boot::default(), 2, 0x2345), [0x45, 0x23, 0, 0]);
    }

    #[test]
    fn each_flaw_changes_its_own_field() {
        let with = |flaw| gate(Mode::Protected, &Boot { gates: [(2, flaw)].into(), ..Boot::default() }, 2, 0);
        assert_eq!(with(Gate::Trap), [0, 0, 0x08, 0, 0, 0xef, 0, 0]);
        assert_eq!(with(Gate::NotPresent), [0, 0, 0x08, 0, 0, 0x6e, 0, 0]);
        assert_eq!(with(Gate::BadSelector), [0, 0, 0xf0, 0x01, 0, 0xee, 0, 0]);
        assert_eq!(with(Gate::AbsentSegment), [0, 0, 0x30, 0, 0, 0xee, 0, 0]);
        assert_eq!(with(Gate::DplZero), [0, 0, 0x08, 0, 0, 0x8e, 0, 0]);
        assert_eq!(with(Gate::Call), [0, 0, 0x08, 0, 0, 0xec, 0, 0]);
    }

    #[test]
    fn each_flaw_of_a_long_mode_gate_changes_its_own_field() {
        let with = |flaw| gate(Mode::Long, &Boot { gates: [(2, flaw)].into(), ..Boot::default() }, 2, 0);
        let upper = [0; 8];
        assert_eq!(with(Gate::Task), [[0, 0, 0x40, 0, 0, 0xe5, 0, 0], upper].concat());
        assert_eq!(with(Gate::SixteenBit), [[0, 0, 0x08, 0, 0, 0xe6, 0, 0], upper].concat());
        assert_eq!(with(Gate::NonCanonical), [[0, 0, 0x08, 0, 0, 0xee, 0, 0], [0, 0, 0, 0x80, 0, 0, 0, 0]].concat());
        assert_eq!(with(Gate::NarrowSegment), [[0, 0, 0x50, 0, 0, 0xee, 0, 0], upper].concat());
    }

    #[test]
    fn vector_3_starts_the_page_after_the_gate_page() {
        for mode in [Mode::Protected, Mode::Long] {
            assert_eq!(idt_base(mode) + 3 * idt_entry_size(mode), 0x1_2000, "{mode}");
        }
        assert_eq!(idt_base(Mode::Long), 0x1_1fd0);
        assert_eq!(idt_limit(Mode::Long, &Boot::default()), 0x40f);
        assert_eq!(idt_limit(Mode::Protected, &Boot::default()), 0x207);
        assert_eq!(idt_limit(Mode::Real, &Boot::default()), 0x3ff);
    }
}
