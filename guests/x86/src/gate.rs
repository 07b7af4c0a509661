//! Gates of the interrupt descriptor table.

use bitfield_struct::bitfield;

/// The first eight bytes of an IDT gate; in long mode bits 63:32 of the offset and 32 reserved bits follow (Intel SDM
/// vol. 3, 6.11 "IDT Descriptors" and 6.14.1 "64-Bit Mode IDT"; AMD APM vol. 2, 4.7.5 "Gate Descriptors" and 4.8.4
/// "Gate Descriptors").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct GateDescriptor {
    /// Bits 15:0 of the handler's address.
    pub offset_low: u16,
    /// The code segment to load; of a task gate the task-state segment.
    pub selector: u16,
    /// IST: which entry of the interrupt stack table; 0 for none, and in protected mode.
    #[bits(3)]
    pub stack: u8,
    #[bits(5)]
    __: u8,
    /// The type field.
    #[bits(4)]
    pub kind: u8,
    /// S: always 0 in a gate.
    pub code_or_data: bool,
    /// DPL: the least privilege that may use it by INT n.
    #[bits(2)]
    pub dpl: u8,
    /// P: the gate is there; without it, delivery is #NP.
    pub present: bool,
    /// Bits 31:16 of the handler's address.
    pub offset_middle: u16,
}

impl GateDescriptor {
    /// With the handler's address as far as these eight bytes hold it.
    pub const fn with_offset(self, offset: u64) -> Self {
        self.with_offset_low(offset as u16).with_offset_middle((offset >> 16) as u16)
    }

    /// The handler's address as far as these eight bytes hold it.
    pub const fn offset(self) -> u64 {
        self.offset_low() as u64 | (self.offset_middle() as u64) << 16
    }
}

/// Bits 63:32 of a handler's address, which follow the first eight bytes of a gate of long mode.
pub const fn offset_high(offset: u64) -> u32 {
    (offset >> 32) as u32
}

/// All bits of the field IST (Intel SDM vol. 3, figure 6-7 "64-Bit IDT Gate Descriptors"; AMD APM vol. 2, 4.8.4 "Gate Descriptors").
pub const STACK: u8 = 0b111;

/// Types of gates in the IDT (Intel SDM vol. 3, Table 3-2 "System-Segment and Gate-Descriptor Types"; AMD APM vol. 2, Tables
/// 4-5 and 4-6 "System-Segment Descriptor Types").
pub mod kind {
    /// A task gate; none in long mode.
    pub const TASK: u8 = 0x5;
    /// A 16-bit interrupt gate; none in long mode.
    pub const INTERRUPT_16: u8 = 0x6;
    /// A 16-bit trap gate; none in long mode.
    pub const TRAP_16: u8 = 0x7;
    /// A call gate, which is invalid in the IDT.
    pub const CALL: u8 = 0xc;
    /// An interrupt gate: 32-bit, in long mode 64-bit.
    pub const INTERRUPT: u8 = 0xe;
    /// A trap gate: leaves RFLAGS.IF unchanged.
    pub const TRAP: u8 = 0xf;

    /// Whether a gate of this type leaves RFLAGS.IF as it is.
    pub const fn is_trap(kind: u8) -> bool {
        matches!(kind, TRAP | TRAP_16)
    }

    /// Whether this is the type of a 16-bit gate outside long mode.
    pub const fn is_16_bit(kind: u8) -> bool {
        matches!(kind, INTERRUPT_16 | TRAP_16)
    }

    /// Bytes of each value that delivery through a gate of this type pushes (Intel SDM vol. 3, 6.12.1 "Exception- or
    /// Interrupt-Handler Procedures" and 6.14.2 "64-Bit Mode Stack Frame").
    pub const fn slot(kind: u8, long: bool) -> usize {
        if long {
            8
        } else if is_16_bit(kind) {
            2
        } else {
            4
        }
    }
}

/// An entry of the real-mode vector table (Intel SDM vol. 3, 20.1.4 "Interrupt and Exception Handling"; AMD APM vol. 2, 8.6
/// "Real-Mode Interrupt Control Transfers").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct RealVector {
    /// The handler's offset in its segment.
    pub offset: u16,
    /// The handler's segment.
    pub segment: u16,
}

/// Bytes in an entry of the real-mode vector table ([`RealVector`]).
pub const VECTOR_REAL: u64 = 4;
/// Bytes in a gate of protected mode.
pub const GATE_PROTECTED: u64 = 8;
/// Bytes in a gate of long mode.
pub const GATE_LONG: u64 = 16;
/// Long mode: an interrupt's frame begins at a multiple of this (Intel SDM vol. 3, 6.14.2 "64-Bit Mode Stack Frame"; AMD APM
/// vol. 2, 8.9.3 "Interrupt Stack Frame").
pub const FRAME_ALIGNMENT: u64 = 16;
/// Entries in a full table: one for each vector.
pub const VECTORS: u64 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_vector_begins_with_its_offset() {
        let vector = RealVector::new().with_offset(0x2040).with_segment(0xf000);
        assert_eq!(vector.into_bits().to_le_bytes(), [0x40, 0x20, 0x00, 0xf0]);
    }

    #[test]
    fn an_address_of_64_bits_stands_in_both_halves() {
        let gate = GateDescriptor::new().with_offset(0x89ab_cdef_1234_5678);
        assert_eq!((gate.offset(), offset_high(0x89ab_cdef_1234_5678)), (0x1234_5678, 0x89ab_cdef));
    }

    #[test]
    fn a_slot_is_as_wide_as_the_gate() {
        let slots = [kind::INTERRUPT_16, kind::TRAP_16, kind::INTERRUPT, kind::TRAP].map(|it| kind::slot(it, false));
        assert_eq!((slots, kind::slot(kind::INTERRUPT, true)), ([2, 2, 4, 4], 8));
    }

    #[test]
    fn a_gate_is_as_the_manuals_draw_it() {
        let gate = GateDescriptor::new()
            .with_offset_low(0x5678)
            .with_offset_middle(0x1234)
            .with_selector(8)
            .with_stack(1)
            .with_kind(kind::INTERRUPT)
            .with_dpl(3)
            .with_present(true);
        assert_eq!(gate.into_bits(), 0x1234_ee01_0008_5678);
        assert_eq!(gate.with_stack(STACK).into_bits(), 0x1234_ee07_0008_5678);
        assert_eq!(gate.offset(), 0x1234_5678);
        assert_eq!(gate.with_present(false).with_kind(kind::TRAP).into_bits(), 0x1234_6f01_0008_5678);
    }
}
