//! Performance counters.

use bitfield_struct::bitfield;

/// An event select register: the bits that both vendors have (Intel SDM vol. 3, 18.2.1.1 "Architectural Performance Monitoring
/// Version 1 Facilities"; AMD APM vol. 2, 13.2.1 "Performance Counter MSRs").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct EventSelect {
    /// What is counted, bits 7:0.
    pub event: u8,
    /// Unit mask.
    pub unit_mask: u8,
    /// USR: count at CPL 3 (AMD: above 0).
    pub user: bool,
    /// OS: count at CPL 0.
    pub system: bool,
    /// E: count edges.
    pub edge: bool,
    /// PC: pin control.
    pub pin_control: bool,
    /// INT: an overflow asks for an interrupt.
    pub interrupt: bool,
    __: bool,
    /// EN: count.
    pub enabled: bool,
    #[bits(41)]
    __: u64,
}

/// How many bits a counter has with both vendors (AMD APM vol. 2, 13.2.1; on Intel's CPUID leaf 0Ah says so).
pub const WIDTH: u8 = 48;
/// The bits of a counter.
pub const COUNTER: u64 = (1 << WIDTH) - 1;
/// The bit of the first counter in the global control, status and overflow registers (Intel SDM vol. 3, 18.2.2 "Architectural
/// Performance Monitoring Version 2").
pub const FIRST: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_where_the_manuals_put_them() {
        assert_eq!(EventSelect::new().with_user(true).into_bits(), 1 << 16);
        assert_eq!(EventSelect::new().with_system(true).into_bits(), 1 << 17);
        assert_eq!(EventSelect::new().with_interrupt(true).into_bits(), 1 << 20);
        assert_eq!(EventSelect::new().with_enabled(true).into_bits(), 1 << 22);
        assert_eq!(COUNTER, 0xffff_ffff_ffff);
    }
}
