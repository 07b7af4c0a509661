//! Debug registers 6 and 7.

use bitfield_struct::bitfield;

/// DR6, the cause of a debug exception (Intel SDM vol. 3, 17.2.3 "Debug Status Register (DR6)"; AMD APM vol. 2, 13.1.1.3
/// "Debug-Status Register (DR6)").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Dr6 {
    /// B3 to B0: the breakpoints whose condition was met.
    #[bits(4)]
    pub breakpoints: u8,
    /// Always 1.
    #[bits(8, default = 0xff)]
    pub reads_as_ones: u8,
    __: bool,
    /// BD: a debug register was about to be accessed while DR7.GD was set.
    pub access_detected: bool,
    /// BS: a single step.
    pub single_step: bool,
    /// BT: a task switch.
    pub task_switch: bool,
    /// Always 1 on a processor without RTM.
    #[bits(16, default = 0xffff)]
    pub reads_as_ones_too: u16,
    __: u32,
}

/// DR6 after reset.
pub const DR6_RESET: u64 = Dr6::new().into_bits();
/// DR6.B0 to B3.
pub const DR6_BREAKPOINTS: u64 = Dr6::new().with_breakpoints(0xf).into_bits() & !DR6_RESET;
/// DR6.BS.
pub const DR6_BS: u64 = Dr6::new().with_single_step(true).into_bits() & !DR6_RESET;
/// The bits of DR6 that a write can change.
pub const DR6_WRITABLE: u64 = Dr6::new()
    .with_breakpoints(0xf)
    .with_access_detected(true)
    .with_single_step(true)
    .with_task_switch(true)
    .into_bits()
    & !DR6_RESET;

/// DR7, which breakpoints are enabled, and their conditions (Intel SDM vol. 3, 17.2.4 "Debug Control Register (DR7)"; AMD APM
/// vol. 2, 13.1.1.4 "Debug-Control Register (DR7)").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Dr7 {
    /// L0, G0 to L3, G3: two bits for each breakpoint, which is enabled if either is set.
    pub enabled: u8,
    /// LE and GE: exact breakpoints, for old processors.
    #[bits(2)]
    pub exact: u8,
    /// Always 1.
    #[bits(default = true)]
    pub reads_as_one: bool,
    #[bits(2)]
    __: u8,
    /// GD: accesses to debug registers are #DB.
    pub general_detect: bool,
    #[bits(2)]
    __: u8,
    /// R/W0, LEN0 to R/W3, LEN3: four bits for each breakpoint.
    pub conditions: u16,
    __: u32,
}

/// Which debug register an instruction names by this number: DR4 and DR5 are other names of DR6 and DR7 while CR4.DE is 0 (Intel
/// SDM vol. 3, 17.2.2 "Debug Registers DR4 and DR5"; AMD APM vol. 2, 13.1.1.2 "Reserved Debug Registers (DR4, DR5, DR8-DR15)").
pub const fn register(named: usize) -> usize {
    match named {
        4 => 6,
        5 => 7,
        other => other,
    }
}

/// The condition of one breakpoint: its four bits in DR7.
#[bitfield(u8)]
#[derive(PartialEq, Eq)]
pub struct Condition {
    /// R/W.
    #[bits(2)]
    pub access: u8,
    /// LEN.
    #[bits(2)]
    length: u8,
    #[bits(4)]
    __: u8,
}

/// R/W: execution of the instruction at the address.
pub const EXECUTION: u8 = 0b00;
/// R/W: writes.
pub const WRITES: u8 = 0b01;
/// R/W: reads and writes.
pub const READS_AND_WRITES: u8 = 0b11;

impl Condition {
    /// How many bytes it watches: 1, 2, 4 or 8.
    pub const fn bytes(self) -> u64 {
        match self.length() {
            0b00 => 1,
            0b01 => 2,
            0b10 => 8,
            _ => 4,
        }
    }
}

impl Dr7 {
    /// Whether breakpoint `index` (0 to 3) is enabled.
    pub const fn is_enabled(self, index: u8) -> bool {
        self.enabled() >> (2 * index) & 0b11 != 0
    }

    /// The register with breakpoint `index` (0 to 3) enabled, by its bit G, for the execution of one instruction.
    pub const fn with_instruction_breakpoint(self, index: u8) -> Self {
        let bits = 0b1111 << (4 * index);
        self.with_enabled(self.enabled() | 0b10 << (2 * index)).with_conditions(self.conditions() & !bits)
    }

    /// The condition of breakpoint `index` (0 to 3).
    pub const fn condition(self, index: u8) -> Condition {
        Condition::from_bits((self.conditions() >> (4 * index)) as u8 & 0xf)
    }
}

/// DR7 after reset: no breakpoint.
pub const DR7_RESET: u64 = Dr7::new().into_bits();
/// How many breakpoints a processor has.
pub const BREAKPOINTS: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_where_the_manuals_put_them() {
        assert_eq!([DR6_RESET, DR7_RESET], [0xffff_0ff0, 0x400]);
        assert_eq!([DR6_BREAKPOINTS, DR6_BS, DR6_WRITABLE], [0xf, 0x4000, 0xe00f]);
        assert_eq!(Dr7::new().with_general_detect(true).into_bits(), 0x2400);
    }

    #[test]
    fn dr4_and_dr5_are_dr6_and_dr7() {
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(register), [0, 1, 2, 3, 6, 7, 6, 7]);
    }

    #[test]
    fn an_instruction_breakpoint_has_length_one_and_no_access() {
        let all = Dr7::from_bits(0xffff_0400);
        assert_eq!(all.with_instruction_breakpoint(2).into_bits(), 0xf0ff_0420);
        assert_eq!(Dr7::new().with_instruction_breakpoint(0).into_bits(), 0x402);
    }

    #[test]
    fn a_breakpoint_has_two_bits_and_four() {
        // G1, R/W1 = 01, LEN1 = 11; L3, R/W3 = 11, LEN3 = 10.
        let dr7 = Dr7::from_bits(0xb0d0_0448);
        assert_eq!([0, 1, 2, 3].map(|index| dr7.is_enabled(index)), [false, true, false, true]);
        assert_eq!((dr7.condition(1).access(), dr7.condition(1).bytes()), (WRITES, 4));
        assert_eq!((dr7.condition(3).access(), dr7.condition(3).bytes()), (READS_AND_WRITES, 8));
        assert_eq!((dr7.condition(0).access(), dr7.condition(0).bytes()), (EXECUTION, 1));
    }
}
