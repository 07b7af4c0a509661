//! The descriptors of the GDT.

use x86::segment::{Descriptor, FLAT, kind, system};

use crate::{Mode, map};

/// Flat code of the mode's width.
pub(super) fn code(mode: Mode, dpl: u8) -> Descriptor {
    Descriptor::at(0, FLAT)
        .with_granular(true)
        .with_kind(kind::FLAT_CODE)
        .with_code_or_data(true)
        .with_dpl(dpl)
        .with_present(true)
        .with_long(mode == Mode::Long)
        .with_big(mode == Mode::Protected)
}

/// Flat writable data.
pub(super) fn data(dpl: u8) -> Descriptor {
    writable(0, FLAT, dpl).with_granular(true)
}

/// A processor's block, [`map::CPU_BLOCK`]. DPL 3, so that an IRET to CPL 3 leaves the register alone.
pub(super) fn cpu_block(cpu: usize) -> Descriptor {
    writable(map::CPU_BLOCK[cpu] as u32, (map::CPU_BLOCK[1] - map::CPU_BLOCK[0] - 1) as u32, 3)
}

fn writable(base: u32, limit: u32, dpl: u8) -> Descriptor {
    Descriptor::at(base, limit)
        .with_kind(kind::FLAT_DATA)
        .with_code_or_data(true)
        .with_dpl(dpl)
        .with_present(true)
        .with_big(true)
}

/// A busy task-state segment: TR holds it as busy, so the table must say so, too. In long mode the eight bytes that
/// follow are bits 63:32 of the base, here zero.
pub(super) fn busy_task(base: u32, last: u32) -> Descriptor {
    Descriptor::at(base, last).with_kind(system::BUSY_TASK).with_present(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Segment;

    // The constants are the well-known encodings, typed from the manuals' figures, not computed here.
    #[test]
    fn code_and_data_have_the_well_known_encodings() {
        assert_eq!(code(Mode::Long, 0).into_bits(), 0x00af_9b00_0000_ffff);
        assert_eq!(code(Mode::Long, 3).into_bits(), 0x00af_fb00_0000_ffff);
        assert_eq!(code(Mode::Protected, 0).into_bits(), 0x00cf_9b00_0000_ffff);
        assert_eq!(code(Mode::Protected, 3).into_bits(), 0x00cf_fb00_0000_ffff);
        assert_eq!(data(0).into_bits(), 0x00cf_9300_0000_ffff);
        assert_eq!(data(3).into_bits(), 0x00cf_f300_0000_ffff);
        assert_eq!(data(0).with_present(false).into_bits(), 0x00cf_1300_0000_ffff);
    }

    #[test]
    fn the_processor_block_and_the_task_have_byte_limits() {
        assert_eq!(cpu_block(0).into_bits(), 0x0040_f300_1040_003f);
        assert_eq!(cpu_block(1).into_bits(), 0x0040_f300_1080_003f);
        assert_eq!(busy_task(0x1_0400, 0x85).into_bits(), 0x0000_8b01_0400_0085);
    }

    #[test]
    fn a_loaded_register_has_its_limit_in_bytes() {
        let segment = Segment::loaded(0x23, data(3));
        assert_eq!((segment.selector, segment.base, segment.limit), (0x23, 0, 0xffff_ffff));
        assert_eq!((segment.kind, segment.dpl, segment.big, segment.granular), (3, 3, true, true));
        let block = Segment::loaded(0x2b, cpu_block(1));
        assert_eq!((block.base, block.limit, block.granular), (0x1080, 0x3f, false));
    }
}
