//! The devices of a PC that programs without an operating system reach by fixed ports and addresses (IBM Personal Computer AT
//! Technical Reference, section 1 "System Board", "I/O Address Map"; registers as the chips' data sheets have them).

/// The first serial port.
pub const COM1: u16 = 0x3f8;

/// Registers of a serial port, from its first one (National Semiconductor PC16550D data sheet, table II "Summary of Registers").
pub mod serial {
    /// Transmitter holding register; with DLAB set the divisor's low byte.
    pub const DATA: u16 = 0;
    /// Interrupt enable register; with DLAB set the divisor's high byte.
    pub const INTERRUPTS: u16 = 1;
    /// FIFO control register.
    pub const FIFO: u16 = 2;
    /// Line control register.
    pub const LINE: u16 = 3;
    /// Line status register.
    pub const STATUS: u16 = 5;

    /// FIFO control: both FIFOs on and emptied.
    pub const FIFO_ON: u8 = 0b111;
    /// Line control: 8 bits, no parity, one stop bit.
    pub const EIGHT_BITS: u8 = 0b11;
    /// Line control: DLAB.
    pub const DIVISOR: u8 = 1 << 7;
    /// Line status: THRE, the transmitter holding register is empty.
    pub const EMPTY: u8 = 1 << 5;
}

/// The mask of the first interrupt controller: OCW1 (Intel 8259A data sheet, "Operation Command Words").
pub const PIC1_MASK: u16 = 0x21;
/// The mask of the second interrupt controller.
pub const PIC2_MASK: u16 = 0xa1;
/// All interrupts of one controller masked.
pub const PIC_ALL: u8 = 0xff;
/// System control port A (IBM Personal System/2 Hardware Interface Technical Reference, "System Control Port A").
pub const SYSTEM_CONTROL_A: u16 = 0x92;
/// The bit of system control port A that enables address line 20.
pub const A20: u8 = 1 << 1;
/// The display buffer of the colour screen in text mode (IBM Color/Graphics Monitor Adapter).
pub const TEXT_SCREEN: u64 = 0xb_8000;
/// Characters of a line in the 80 x 25 text mode (IBM Color/Graphics Monitor Adapter).
pub const TEXT_COLUMNS: u64 = 80;
/// Lines in the 80 x 25 text mode.
pub const TEXT_LINES: u64 = 25;
/// The attribute of light grey on black, the high byte of a character's word.
pub const TEXT_ATTRIBUTE: u8 = 0x07;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_runs_with_8n1_and_ready_is_bit_5() {
        assert_eq!((serial::EIGHT_BITS, serial::DIVISOR, serial::EMPTY), (0x03, 0x80, 0x20));
        assert_eq!(
            [serial::DATA, serial::INTERRUPTS, serial::FIFO, serial::LINE, serial::STATUS].map(|it| COM1 + it),
            [0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fd]
        );
    }

    #[test]
    fn the_screen_has_4000_bytes() {
        assert_eq!((TEXT_SCREEN, TEXT_COLUMNS * TEXT_LINES * 2, TEXT_ATTRIBUTE), (0xb8000, 4000, 7));
    }

    #[test]
    fn the_boards_ports_are_those_of_the_at() {
        assert_eq!((PIC1_MASK, PIC2_MASK, PIC_ALL, SYSTEM_CONTROL_A, A20), (0x21, 0xa1, 0xff, 0x92, 2));
    }
}
