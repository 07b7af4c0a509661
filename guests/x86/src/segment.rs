//! Segment descriptors and selectors.

use bitfield_struct::bitfield;

/// A selector (Intel SDM vol. 3, 3.4.2 "Segment Selectors"; AMD APM vol. 2, 4.5.1 "Segment Selectors").
#[bitfield(u16)]
#[derive(PartialEq, Eq)]
pub struct Selector {
    /// RPL: requested privilege level.
    #[bits(2)]
    pub rpl: u8,
    /// TI: in the LDT, not in the GDT.
    pub local: bool,
    /// Which descriptor of the table.
    #[bits(13)]
    pub index: u16,
}

impl Selector {
    /// Whether it is a null selector: the first entry of the GDT, whatever the RPL.
    pub const fn is_null(self) -> bool {
        self.index() == 0 && !self.local()
    }

    /// Offset of its descriptor in the table, in bytes.
    pub const fn offset(self) -> u64 {
        self.index() as u64 * DESCRIPTOR
    }

    /// The selector without its RPL, as an error code has it.
    pub const fn without_rpl(self) -> u16 {
        self.with_rpl(0).into_bits()
    }

    /// The selector of the descriptor after this one, with the same RPL.
    pub const fn next(self) -> Self {
        Self::from_bits(self.into_bits().wrapping_add(DESCRIPTOR as u16))
    }
}

/// Bytes in a descriptor of code or data; a system descriptor of long mode has twice as many.
pub const DESCRIPTOR: u64 = 8;

/// A segment descriptor (Intel SDM vol. 3, 3.4.5 "Segment Descriptors"; AMD APM vol. 2, 4.7 "Legacy Segment
/// Descriptors").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Descriptor {
    /// Bits 15:0 of the limit.
    pub limit_low: u16,
    /// Bits 23:0 of the base.
    #[bits(24)]
    pub base_low: u32,
    /// The type field.
    #[bits(4)]
    pub kind: u8,
    /// S: code or data, not system.
    pub code_or_data: bool,
    /// DPL.
    #[bits(2)]
    pub dpl: u8,
    /// P: the segment is there.
    pub present: bool,
    /// Bits 19:16 of the limit.
    #[bits(4)]
    pub limit_high: u8,
    /// AVL: for software.
    pub available: bool,
    /// L: 64-bit code.
    pub long: bool,
    /// D/B: 32-bit.
    pub big: bool,
    /// G: the limit counts pages.
    pub granular: bool,
    /// Bits 31:24 of the base.
    pub base_high: u8,
}

impl Descriptor {
    /// A descriptor with this base and limit field (20 bits), and nothing else.
    pub const fn at(base: u32, limit: u32) -> Self {
        Self::new()
            .with_limit_low(limit as u16)
            .with_limit_high((limit >> 16) as u8 & 0xf)
            .with_base_low(base & 0xff_ffff)
            .with_base_high((base >> 24) as u8)
    }

    /// The base; bits 63:32 of a system segment's stand in the eight bytes that follow.
    pub const fn base(self) -> u32 {
        self.base_low() | (self.base_high() as u32) << 24
    }

    /// The limit in bytes: the last offset inside.
    pub const fn limit(self) -> u32 {
        let limit = self.limit_low() as u32 | (self.limit_high() as u32) << 16;
        if self.granular() { limit << 12 | 0xfff } else { limit }
    }
}

/// A privilege level's two bits, where they are the low ones of a selector or stand alone (Intel SDM vol. 3, 5.5 "Privilege
/// Levels"; AMD APM vol. 2, 4.9 "Segment-Protection Overview").
pub const LEVEL: u8 = 0b11;

/// The privilege level of user code, the outermost one (the same sections).
pub const USER: u8 = 3;
/// All bits of a 32-bit offset or linear address (Intel SDM vol. 3, 3.3.1 "IA-32e Mode Physical Memory" and 3.4 "Logical and Linear
/// Addresses"; AMD APM vol. 2, 1.2.2 "Segmentation").
pub const OFFSET_32: u64 = 0xffff_ffff;
/// All bits of a 16-bit offset (the same sections).
pub const OFFSET_16: u64 = 0xffff;

/// All bits of an offset into a segment whose descriptor has this D or B outside 64-bit mode (Intel SDM vol. 3, 3.4.5 "Segment
/// Descriptors"; AMD APM vol. 2, 4.7.2 "Code-Segment Descriptors" and 4.7.3 "Data-Segment Descriptors").
pub const fn offset_mask(big: bool) -> u64 {
    if big { OFFSET_32 } else { OFFSET_16 }
}

/// How many bits to the left of its selector the base of a segment in real mode is (the sections of [`real_base`]).
pub const REAL_SHIFT: u32 = 4;

/// The base of a segment in real mode (Intel SDM vol. 3, 20.1.1 "Address Translation in Real-Address Mode"; AMD APM vol. 2,
/// 1.2.4 "Real Addressing").
pub const fn real_base(selector: u16) -> u64 {
    (selector as u64) << REAL_SHIFT
}

/// The selector of a segment in real mode with this base, a multiple of 16 below 1 MiB.
pub const fn real_selector(base: u64) -> u16 {
    (base >> REAL_SHIFT) as u16
}

/// Limit of a segment of 64 KiB: all segments of real mode after reset, and GDTR, IDTR, LDTR and TR (Intel SDM vol. 3, table
/// 9-1 "IA-32 Processor States Following Power-up, Reset, or INIT"; AMD APM vol. 2, table 14-1 "Initial Processor State").
pub const LIMIT_64K: u32 = 0xffff;
/// The part of the base that LGDT and LIDT load with a 16-bit operand size (Intel SDM vol. 2, "LGDT/LIDT-Load Global/Interrupt
/// Descriptor Table Register"; AMD APM vol. 3, "LIDT").
pub const TABLE_BASE_16: u64 = 0xff_ffff;
/// The limit field of a segment that spans 4 GiB, in pages.
pub const FLAT: u32 = 0xf_ffff;
/// Offset of the byte of a descriptor that holds its type.
pub const TYPE_BYTE: u64 = 5;

/// Types of code and data segments (Intel SDM vol. 3, Table 3-1 "Code- and Data-Segment Types"; AMD APM vol. 2, 4.7.2 "Code-Segment
/// Descriptors" and 4.7.3 "Data-Segment Descriptors").
pub mod kind {
    /// A: the segment was loaded into a segment register.
    pub const ACCESSED: u8 = 0b0001;
    /// Of data: writable.
    pub const WRITABLE: u8 = 0b0010;
    /// Of code: readable.
    pub const READABLE: u8 = 0b0010;
    /// Of data: expand-down, valid offsets are those above the limit.
    pub const EXPAND_DOWN: u8 = 0b0100;
    /// Of code: conforming, a call keeps the caller's privilege level.
    pub const CONFORMING: u8 = 0b0100;
    /// Code, not data.
    pub const CODE: u8 = 0b1000;
    /// Execute/read code, accessed.
    pub const FLAT_CODE: u8 = CODE | READABLE | ACCESSED;
    /// Read/write data, accessed.
    pub const FLAT_DATA: u8 = WRITABLE | ACCESSED;

    /// Whether this type of code or data can be written.
    pub const fn is_writable(kind: u8) -> bool {
        kind & CODE == 0 && kind & WRITABLE != 0
    }

    /// Whether this type of code or data can be read.
    pub const fn is_readable(kind: u8) -> bool {
        kind & CODE == 0 || kind & READABLE != 0
    }

    /// Whether this type of code or data is conforming code.
    pub const fn is_conforming(kind: u8) -> bool {
        kind & CODE != 0 && kind & CONFORMING != 0
    }
}

/// Types of system segments (Intel SDM vol. 3, Table 3-2 "System-Segment and Gate-Descriptor Types"; AMD APM vol. 2, Table
/// 4-5 "System-Segment Descriptor Types (S=0)-Legacy Mode").
pub mod system {
    /// A local descriptor table (LDT).
    pub const LDT: u8 = 0x2;
    /// A 16-bit task-state segment that is not busy; none in long mode.
    pub const TASK_16: u8 = 0x1;
    /// A task-state segment that is not busy: 32-bit in protected mode, 64-bit in long mode.
    pub const TASK: u8 = 0x9;
    /// The bit that makes a task-state segment busy.
    pub const BUSY: u8 = 0x2;
    /// A busy 16-bit task-state segment.
    pub const BUSY_TASK_16: u8 = TASK_16 | BUSY;
    /// A busy task-state segment.
    pub const BUSY_TASK: u8 = TASK | BUSY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_has_three_fields() {
        let selector = Selector::from_bits(0x2b);
        assert_eq!((selector.index(), selector.local(), selector.rpl()), (5, false, 3));
        assert_eq!((selector.offset(), selector.without_rpl()), (0x28, 0x28));
        assert_eq!(selector.next().into_bits(), 0x33);
        assert_eq!((Selector::new().with_rpl(LEVEL).into_bits(), USER), (3, 3));
        assert_eq!((offset_mask(false), offset_mask(true)), (0xffff, 0xffff_ffff));
        assert!(Selector::from_bits(3).is_null());
        assert!(!Selector::from_bits(4).is_null(), "the first entry of the LDT is a segment");
    }

    #[test]
    fn bases_of_real_mode_are_16_selectors() {
        assert_eq!((real_base(0xf000), real_selector(0xf_0000)), (0xf_0000, 0xf000));
    }

    #[test]
    fn table_3_1_is_kept() {
        let writable = [false, false, true, true, false, false, true, true];
        let readable = [false, false, true, true, false, false, true, true];
        for low in 0..8 {
            let (data, code) = (low, 8 | low);
            assert_eq!(kind::is_writable(data), writable[usize::from(low)], "type {data}");
            assert!(kind::is_readable(data) && !kind::is_writable(code), "type {data}, {code}");
            assert_eq!(kind::is_readable(code), readable[usize::from(low)], "type {code}");
            assert_eq!(kind::is_conforming(code), low >= 4, "type {code}");
            assert!(!kind::is_conforming(data), "type {data}");
        }
    }

    #[test]
    fn table_3_2_is_kept() {
        assert_eq!(
            (system::LDT, system::TASK_16, system::BUSY_TASK_16, system::TASK, system::BUSY_TASK),
            (2, 1, 3, 9, 11)
        );
    }

    // Typed from the manuals' figures, not computed here.
    #[test]
    fn flat_code_has_the_well_known_encoding() {
        let code = Descriptor::at(0, FLAT)
            .with_granular(true)
            .with_kind(kind::FLAT_CODE)
            .with_code_or_data(true)
            .with_present(true)
            .with_long(true);
        assert_eq!(code.into_bits(), 0x00af_9b00_0000_ffff);
        assert_eq!((code.base(), code.limit()), (0, u32::MAX));
        let task = Descriptor::at(0x1234_5678, 0x8_5432).with_kind(system::BUSY_TASK).with_present(true);
        assert_eq!(task.into_bits(), 0x1208_8b34_5678_5432);
        assert_eq!((task.base(), task.limit()), (0x1234_5678, 0x8_5432));
    }
}
