//! The three fields that describe an event: injected by an entry, cause of an exit, under delivery at an exit.

use bitfield_struct::bitfield;

/// VM-entry interruption information, VM-exit interruption information and IDT-vectoring information (Intel SDM vol. 3, 24.8.3
/// "VM-Entry Controls for Event Injection", table 24-13; 24.9.2 "Information for VM Exits Due to Vectored Events", table 24-15;
/// 24.9.3 "Information for VM Exits That Occur During Event Delivery", table 24-16).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Interruption {
    /// Vector.
    pub vector: u8,
    /// Type: [`interruption`].
    #[bits(3)]
    pub kind: u8,
    /// There is an error code.
    pub has_error_code: bool,
    /// Bit 12. Of an exit: NMI unblocking due to IRET. Reserved in the other two.
    pub unblocking: bool,
    /// Bits 30:13.
    #[bits(18)]
    pub reserved: u32,
    /// The field holds an event.
    pub valid: bool,
}

/// Types of events (the tables of [`Interruption`]).
pub mod interruption {
    /// External interrupt.
    pub const EXTERNAL: u8 = 0;
    /// Reserved.
    pub const RESERVED: u8 = 1;
    /// NMI.
    pub const NMI: u8 = 2;
    /// Hardware exception.
    pub const EXCEPTION: u8 = 3;
    /// Software interrupt: INT n.
    pub const SOFTWARE: u8 = 4;
    /// Privileged software exception: INT1.
    pub const PRIVILEGED: u8 = 5;
    /// Software exception: INT3 and INTO.
    pub const SOFTWARE_EXCEPTION: u8 = 6;
    /// Other event.
    pub const OTHER: u8 = 7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injected_nmi_is_type_2_with_vector_2() {
        let nmi = Interruption::new().with_vector(2).with_kind(interruption::NMI).with_valid(true);
        assert_eq!(nmi.into_bits(), 0x8000_0202);
        assert_eq!(nmi.with_unblocking(true).into_bits(), 0x8000_1202);
        let fault = Interruption::new().with_vector(13).with_kind(interruption::EXCEPTION).with_valid(true);
        assert_eq!(fault.with_has_error_code(true).into_bits(), 0x8000_0b0d);
        assert_eq!(Interruption::new().with_kind(interruption::RESERVED).into_bits(), 0x100);
        assert_eq!(Interruption::from_bits(1 << 30).reserved(), 1 << 17);
    }
}
