//! Task-state segments: offsets of their fields, in bytes.

/// Bytes without the I/O permission bitmap, in protected and in long mode (Intel SDM vol. 3, Figure 7-2 "32-Bit Task-State
/// Segment (TSS)" and Figure 7-11 "64-Bit TSS Format"; AMD APM vol. 2, 12.2.4 "Legacy Task-State Segment" and 12.2.5
/// "64-Bit Task State Segment"; so are the offsets).
pub const FIXED: u64 = 0x68;
/// The I/O map base: where the bitmap begins (16 bits).
pub const IO_MAP_BASE: u64 = 0x66;

/// Bytes of a stack pointer of long mode.
pub const RSP_BYTES: u64 = 8;

/// The byte of the I/O permission bitmap that has a port's bit, and the bit's number in it; a bit of 1 forbids the port (Intel SDM
/// vol. 1, 18.5.2 "I/O Permission Bit Map"; AMD APM vol. 2, 12.2.4 "Legacy Task-State Segment").
pub const fn io_permission(port: u16) -> (u64, u32) {
    (port as u64 / 8, port as u32 % 8)
}

/// Long mode: the stack pointer for privilege level 0, 1 or 2 (64 bits).
pub const fn rsp(level: u8) -> u64 {
    0x04 + 8 * level as u64
}

/// Long mode: entry 1 to 7 of the interrupt stack table (64 bits).
pub const fn ist(index: u8) -> u64 {
    0x1c + 8 * index as u64
}

/// Protected mode: the stack pointer for privilege level 0, 1 or 2 (32 bits).
pub const fn esp(level: u8) -> u64 {
    0x04 + 8 * level as u64
}

/// Protected mode: the stack segment's selector for privilege level 0, 1 or 2 (16 bits).
pub const fn ss(level: u8) -> u64 {
    0x08 + 8 * level as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_the_figures_put_them() {
        assert_eq!([rsp(0), rsp(1), rsp(2)], [0x04, 0x0c, 0x14]);
        assert_eq!([ist(1), ist(2), ist(3), ist(7)], [0x24, 0x2c, 0x34, 0x54]);
        assert_eq!([esp(0), ss(0), esp(2), ss(2)], [0x04, 0x08, 0x14, 0x18]);
        assert_eq!([io_permission(0), io_permission(0x3fd)], [(0, 0), (0x7f, 5)]);
    }
}
