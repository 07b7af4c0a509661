//! System-management mode.

/// SMBASE after reset (Intel SDM vol. 3, 34.4 "SMRAM"; AMD APM vol. 2, 10.2.1 "SMRAM").
pub const SMBASE: u64 = 0x3_0000;
/// Offset from SMBASE at which execution begins (the same sections).
pub const ENTRY: u64 = 0x8000;
/// The state-save area by its offsets from SMBASE, as AMD's processors with long mode have it, and KVM for both vendors (AMD APM vol. 2,
/// 10.2.3 "SMRAM State-Save Area"): the last 512 bytes of 64 KiB.
pub const STATE_SAVE: core::ops::Range<u64> = 0xfe00..0x1_0000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_after_reset() {
        assert_eq!(
            (SMBASE + ENTRY, SMBASE + STATE_SAVE.start, STATE_SAVE.end - STATE_SAVE.start),
            (0x3_8000, 0x3_fe00, 512)
        );
    }
}
