use iced_x86::{Decoder, DecoderOptions, Mnemonic};

use super::layout::NAME_MASK;

/// The tag that the instruction in `bytes` pushes; none if it is not a PUSH of an immediate.
pub(crate) fn pushed_tag(bits: u32, bytes: &[u8]) -> Option<u16> {
    let instruction = Decoder::try_new(bits, bytes, DecoderOptions::NONE).ok()?.decode();
    let immediate = instruction.op_count() == 1 && instruction.mnemonic() == Mnemonic::Push;
    instruction.try_immediate(0).ok().filter(|_| immediate).map(|value| value as u16)
}

/// The index of the name in a tag.
pub(crate) fn mark_of_tag(tag: u16) -> u16 {
    tag & NAME_MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_back_in_every_width() {
        assert_eq!(pushed_tag(16, &[0x68, 0x01, 0x50]), Some(0x5001));
        assert_eq!(pushed_tag(32, &[0x68, 0x01, 0x50, 0, 0]), Some(0x5001));
        assert_eq!(pushed_tag(64, &[0x6a, 0x05]), Some(5));
        assert_eq!(pushed_tag(64, &[0x50]), None);
        assert_eq!(pushed_tag(64, &[]), None);
        assert_eq!(mark_of_tag(0x5001), 1);
    }
}
