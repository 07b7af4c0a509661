use bitfield_struct::bitfield;

use crate::{Mode, Segment, map};

/// Execute/read code, accessed (Intel SDM vol. 3, Table 3-1 "Code- and Data-Segment Types").
const CODE: u8 = 0b1011;
/// Read/write data, accessed (the same table).
const DATA: u8 = 0b0011;
/// A busy task-state segment: 32-bit in protected mode, 64-bit in long mode (Intel SDM vol. 3, Table 3-2
/// "System-Segment and Gate-Descriptor Types").
const BUSY_TASK: u8 = 0b1011;
/// The limit field of a segment that spans 4 GiB, in pages.
const FLAT: u32 = 0xf_ffff;

/// A segment descriptor (Intel SDM vol. 3, section 3.4.5 "Segment Descriptors"; AMD APM vol. 2, section 4.7 "Legacy
/// Segment Descriptors").
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
    /// P.
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
    /// A descriptor with this base and limit field (20 bits).
    fn at(base: u32, limit: u32) -> Self {
        Self::new()
            .with_limit_low(limit as u16)
            .with_limit_high((limit >> 16) as u8 & 0xf)
            .with_base_low(base & 0xff_ffff)
            .with_base_high((base >> 24) as u8)
    }

    /// Flat code of the mode's width.
    pub fn code(mode: Mode, dpl: u8) -> Self {
        Self::at(0, FLAT)
            .with_granular(true)
            .with_kind(CODE)
            .with_code_or_data(true)
            .with_dpl(dpl)
            .with_present(true)
            .with_long(mode == Mode::Long)
            .with_big(mode == Mode::Protected)
    }

    /// Flat writable data.
    pub fn data(dpl: u8) -> Self {
        Self::at(0, FLAT)
            .with_granular(true)
            .with_kind(DATA)
            .with_code_or_data(true)
            .with_dpl(dpl)
            .with_present(true)
            .with_big(true)
    }

    /// A processor's block, [`map::CPU_BLOCK`]. DPL 3, so that an IRET to CPL 3 leaves the register alone.
    pub fn cpu_block(cpu: usize) -> Self {
        Self::at(map::CPU_BLOCK[cpu] as u32, (map::CPU_BLOCK[1] - map::CPU_BLOCK[0] - 1) as u32)
            .with_kind(DATA)
            .with_code_or_data(true)
            .with_dpl(3)
            .with_present(true)
            .with_big(true)
    }

    /// A busy task-state segment: what TR holds, so what the table must say too. In long mode the eight bytes that
    /// follow are bits 63:32 of the base, here zero.
    pub fn busy_task(base: u32, last: u32) -> Self {
        Self::at(base, last).with_kind(BUSY_TASK).with_present(true)
    }

    /// The same segment, marked not present.
    pub fn absent(self) -> Self {
        self.with_present(false)
    }

    /// What a segment register holds after loading `selector` with this descriptor.
    pub fn loaded(self, selector: u16) -> Segment {
        let limit = u32::from(self.limit_low()) | u32::from(self.limit_high()) << 16;
        Segment {
            selector,
            base: u64::from(self.base_low() | u32::from(self.base_high()) << 24),
            limit: if self.granular() { limit << 12 | 0xfff } else { limit },
            kind: self.kind(),
            code_or_data: self.code_or_data(),
            dpl: self.dpl(),
            present: self.present(),
            long: self.long(),
            big: self.big(),
            granular: self.granular(),
            unusable: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The constants are the well-known encodings, typed from the manuals' figures, not computed here.
    #[test]
    fn code_and_data_have_the_well_known_encodings() {
        assert_eq!(Descriptor::code(Mode::Long, 0).into_bits(), 0x00af_9b00_0000_ffff);
        assert_eq!(Descriptor::code(Mode::Long, 3).into_bits(), 0x00af_fb00_0000_ffff);
        assert_eq!(Descriptor::code(Mode::Protected, 0).into_bits(), 0x00cf_9b00_0000_ffff);
        assert_eq!(Descriptor::code(Mode::Protected, 3).into_bits(), 0x00cf_fb00_0000_ffff);
        assert_eq!(Descriptor::data(0).into_bits(), 0x00cf_9300_0000_ffff);
        assert_eq!(Descriptor::data(3).into_bits(), 0x00cf_f300_0000_ffff);
        assert_eq!(Descriptor::data(0).absent().into_bits(), 0x00cf_1300_0000_ffff);
    }

    #[test]
    fn the_processor_block_and_the_task_have_byte_limits() {
        assert_eq!(Descriptor::cpu_block(0).into_bits(), 0x0040_f300_1040_003f);
        assert_eq!(Descriptor::cpu_block(1).into_bits(), 0x0040_f300_1080_003f);
        assert_eq!(Descriptor::busy_task(0x1_0400, 0x85).into_bits(), 0x0000_8b01_0400_0085);
    }

    #[test]
    fn a_loaded_register_has_its_limit_in_bytes() {
        let segment = Descriptor::data(3).loaded(0x23);
        assert_eq!((segment.selector, segment.base, segment.limit), (0x23, 0, 0xffff_ffff));
        assert_eq!((segment.kind, segment.dpl, segment.big, segment.granular), (3, 3, true, true));
        let block = Descriptor::cpu_block(1).loaded(0x2b);
        assert_eq!((block.base, block.limit, block.granular), (0x1080, 0x3f, false));
    }
}
