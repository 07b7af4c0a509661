//! Message-signalled interrupts and the I/O APIC.

use bitfield_struct::bitfield;

/// The address of a message (Intel SDM vol. 3, 10.11.1 "Message Address Register Format").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct MessageAddress {
    #[bits(2)]
    __: u8,
    /// DM: 1 is logical.
    pub logical: bool,
    /// RH: redirection hint.
    pub redirection_hint: bool,
    __: u8,
    /// APIC ID of the destination processor.
    pub destination: u8,
    /// Always FEEh: marks the address of a message.
    #[bits(12, default = 0xfee)]
    pub marker: u16,
}

/// The data of a message (Intel SDM vol. 3, 10.11.2 "Message Data Register Format").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct MessageData {
    /// The vector field.
    pub vector: u8,
    /// Delivery mode, one of [`crate::apic::delivery`].
    #[bits(3)]
    pub delivery_mode: u8,
    #[bits(3)]
    __: u8,
    /// Level, if level-triggered: 1 is assert.
    pub level: bool,
    /// Trigger mode: 1 is level-triggered.
    pub trigger_mode: bool,
    __: u16,
}

/// The I/O APIC's page after reset (Intel 82093AA I/O Advanced Programmable Interrupt Controller, 3.1 "Memory Mapped Registers for
/// Accessing IOAPIC Registers").
pub const IOAPIC_PAGE: u64 = 0xfec0_0000;
/// IOREGSEL, by its offset in the page: which register the window shows (3.1.1).
pub const IOAPIC_SELECT: u64 = 0x00;
/// IOWIN, by its offset in the page: the window (3.1.2).
pub const IOAPIC_WINDOW: u64 = 0x10;

/// How many registers IOREGSEL can select: the last is the upper half of the redirection table's last entry, 3Fh (3.2).
pub const IOAPIC_REGISTERS: usize = 0x40;

/// An entry of the I/O APIC's redirection table (Intel 82093AA I/O Advanced Programmable Interrupt Controller, 3.2.4
/// "`IOREDTBL[23:0]`-I/O Redirection Table Registers").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct RedirectionEntry {
    /// The vector field.
    pub vector: u8,
    /// Delivery mode, one of [`crate::apic::delivery`].
    #[bits(3)]
    pub delivery_mode: u8,
    /// Destination mode: 1 is logical.
    pub logical: bool,
    /// Delivery status (read only).
    pub pending: bool,
    /// Active low.
    pub active_low: bool,
    /// In service at a local APIC (read only).
    pub remote_irr: bool,
    /// Trigger mode: 1 is level-triggered.
    pub trigger_mode: bool,
    /// Mask: the pin sends nothing.
    pub masked: bool,
    #[bits(39)]
    __: u64,
    /// APIC ID of the destination processor.
    pub destination: u8,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apic::delivery;

    #[test]
    fn messages_are_as_the_manual_draws_them() {
        assert_eq!(MessageAddress::new().with_destination(1).into_bits(), 0xfee0_1000);
        assert_eq!(MessageAddress::new().with_logical(true).with_redirection_hint(true).into_bits(), 0xfee0_000c);
        assert_eq!(MessageData::new().with_vector(0x31).with_delivery_mode(delivery::NMI).into_bits(), 0x431);
        assert_eq!((IOAPIC_SELECT, IOAPIC_WINDOW, IOAPIC_REGISTERS), (0x00, 0x10, 64));
        let entry = RedirectionEntry::new().with_vector(0x31).with_delivery_mode(delivery::NMI);
        assert_eq!(entry.into_bits(), 0x431);
        assert_eq!(entry.with_masked(true).with_destination(1).into_bits(), 0x0100_0000_0001_0431);
        assert_eq!(MessageData::new().with_trigger_mode(true).with_level(true).into_bits(), 0xc000);
    }
}
