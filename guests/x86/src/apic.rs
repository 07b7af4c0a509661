//! The local APIC (Intel SDM vol. 3, chapter 10 "Advanced Programmable Interrupt Controller (APIC)"; AMD APM vol. 2, chapter
//! 16 "Advanced Programmable Interrupt Controller (APIC)").

use bitfield_struct::bitfield;

/// Offsets of its registers in its page (Intel SDM vol. 3, Table 10-1 "Local APIC Register Address Map"; AMD APM vol. 2,
/// 16.3.2 "APIC Registers").
pub mod register {
    /// Identifier.
    pub const ID: u32 = 0x20;
    /// Version.
    pub const VERSION: u32 = 0x30;
    /// Task priority.
    pub const TPR: u32 = 0x80;
    /// Processor priority.
    pub const PPR: u32 = 0xa0;
    /// End of interrupt.
    pub const EOI: u32 = 0xb0;
    /// Logical destination.
    pub const LDR: u32 = 0xd0;
    /// Destination format.
    pub const DFR: u32 = 0xe0;
    /// Spurious-interrupt vector.
    pub const SVR: u32 = 0xf0;
    /// In service: eight registers of 32 vectors.
    pub const ISR: core::ops::RangeInclusive<u32> = 0x100..=0x170;
    /// Interrupt request: eight registers of 32 vectors.
    pub const IRR: core::ops::RangeInclusive<u32> = 0x200..=0x270;
    /// Error status.
    pub const ESR: u32 = 0x280;
    /// Interrupt command, bits 31:0; writing it sends.
    pub const ICR: u32 = 0x300;
    /// Interrupt command, bits 63:32: the destination.
    pub const ICR_HIGH: u32 = 0x310;
    /// Local vector table: timer, thermal sensor, performance counters, LINT0, LINT1, error.
    pub const LVT: core::ops::RangeInclusive<u32> = 0x320..=0x370;
    /// Local vector table: performance counters.
    pub const LVTPC: u32 = 0x340;
    /// Self IPI; exists in x2APIC mode only.
    pub const SELF_IPI: u32 = 0x3f0;
    /// Bytes from one register to the next.
    pub const STRIDE: u32 = 0x10;
}

/// Where an 8-bit APIC ID stands in the identifier register, a logical one in the logical destination register, and the
/// destination in the upper half of the interrupt command register (Intel SDM vol. 3, 10.4.6 "Local APIC ID" and 10.6.1
/// "Interrupt Command Register (ICR)"; AMD APM vol. 2, 16.3.3 "Local APIC ID" and 16.5 "Interprocessor Interrupts (IPI)").
pub const ID_SHIFT: u32 = 24;
/// The destination that means all processors (the same sections).
pub const BROADCAST: u32 = 0xff;
/// The same in x2APIC mode (Intel SDM vol. 3, 10.12.9 "ICR Operation in x2APIC Mode"; AMD APM vol. 2, 16.13 "x2APIC Interrupt Command
/// Register (ICR) Operations").
pub const X2APIC_BROADCAST: u32 = u32::MAX;
/// The destination format register after reset, which chooses the flat model of logical destinations (Intel SDM vol. 3, 10.6.2.2
/// "Logical Destination Mode", and 10.4.7.1 "Local APIC State After Power-Up or Reset"; AMD APM vol. 2, 16.6.1 "Receiving System and
/// IPI Interrupts", and 16.3.2 "APIC Registers").
pub const FLAT_MODEL: u32 = u32::MAX;
/// Where the model stands in the destination format register (the same sections).
pub const MODEL_SHIFT: u32 = 28;
/// The part of a logical ID that names processors in the flat model (the same sections).
pub const LOGICAL_FLAT: u32 = 0xff;
/// The part that does in the cluster model; the rest is the cluster (the same sections).
pub const LOGICAL_CLUSTER: u32 = 0xf;
/// The part of a logical x2APIC ID that names processors; the upper half is their cluster (Intel SDM vol. 3, 10.12.10.1 "Logical
/// Destination Mode in x2APIC Mode"; AMD APM vol. 2, 16.14 "Logical Destination Register").
pub const LOGICAL_X2APIC: u32 = 0xffff;
/// The bits of the task priority (Intel SDM vol. 3, 10.8.3.1 "Task and Processor Priorities"; AMD APM vol. 2, 16.6.4 "Selecting and
/// Handling Interrupts").
pub const PRIORITY: u32 = 0xff;

/// The version register (Intel SDM vol. 3, 10.4.8 "Local APIC Version Register"; AMD APM vol. 2, 16.3.4 "APIC Version Register").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Version {
    /// The version: 10h to 15h for an integrated APIC.
    pub version: u8,
    __: u8,
    /// Number of the last entry of the local vector table, from 0.
    pub last_entry: u8,
    __: u8,
}

/// What CR8 reads as: bits 7:4 of the task priority (Intel SDM vol. 3, 10.8.6 "Task Priority in IA-32e Mode"; AMD APM vol. 2,
/// 3.1.5 "CR8 (Task Priority Register, TPR)").
pub const fn cr8(task_priority: u32) -> u64 {
    (task_priority >> 4 & 0xf) as u64
}

/// The task priority that a write of CR8 sets; the inverse of [`cr8`].
pub const fn task_priority(cr8: u64) -> u32 {
    (cr8 as u32 & 0xf) << 4
}

/// Physical address of the APIC's page after reset.
pub const PAGE: u64 = 0xfee0_0000;

/// IA32_APIC_BASE (Intel SDM vol. 3, 10.4.4 "Local APIC Status and Location" and 10.12.1 "Detecting and Enabling x2APIC Mode"; AMD
/// APM vol. 2, 16.3.1 "Local APIC Enable" and 16.9 "Detecting and Enabling x2APIC Mode").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct ApicBase {
    __: u8,
    /// BSP: the processor that boots.
    pub boot_processor: bool,
    __: bool,
    /// EXTD: x2APIC mode, with `enabled`.
    pub x2apic: bool,
    /// EN: enabled by hardware.
    pub enabled: bool,
    /// Bits 51:12 of the page's address.
    #[bits(40)]
    pub frame: u64,
    #[bits(12)]
    __: u16,
}

/// The spurious-interrupt vector register (Intel SDM vol. 3, 10.9 "Spurious Interrupt"; AMD APM vol. 2, 16.4.7 "Spurious
/// Interrupts").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Spurious {
    /// The vector of a spurious interrupt.
    pub vector: u8,
    /// ASE: enabled by software.
    pub enabled: bool,
    #[bits(23)]
    __: u32,
}

/// Delivery modes of messages and of entries of the local vector table (Intel SDM vol. 3, 10.5.1 "Local Vector Table" and 10.6.1
/// "Interrupt Command Register (ICR)"; AMD APM vol. 2, 16.4 "Local Interrupts" and 16.5 "Interprocessor Interrupts (IPI)").
pub mod delivery {
    /// An interrupt with the vector of the vector field.
    pub const FIXED: u8 = 0b000;
    /// An SMI.
    pub const SMI: u8 = 0b010;
    /// An NMI; the vector field is ignored.
    pub const NMI: u8 = 0b100;
    /// INIT.
    pub const INIT: u8 = 0b101;
}

/// The interrupt command register as one of 64 bits (Intel SDM vol. 3, 10.6.1 "Interrupt Command Register (ICR)" and 10.12.9 "ICR
/// Operation in x2APIC Mode"; AMD APM vol. 2, 16.5 "Interprocessor Interrupts (IPI)" and 16.13 "x2APIC Interrupt Command Register
/// (ICR) Operations").
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct Icr {
    /// The lower half, a [`Command`].
    pub command: u32,
    /// The upper half, the destination.
    pub destination: u32,
}

/// Destination shorthands of the interrupt command register (the sections on that register).
pub mod shorthand {
    /// No shorthand: the destination field applies.
    pub const NONE: u8 = 0b00;
    /// The sender.
    pub const SELF: u8 = 0b01;
    /// All, including the sender.
    pub const ALL: u8 = 0b10;
    /// All except the sender.
    pub const OTHERS: u8 = 0b11;
}

/// The interrupt command register's low half (Intel SDM vol. 3, Figure 10-12 "Interrupt Command Register (ICR)"; AMD APM
/// vol. 2, 16.5 "Interprocessor Interrupts (IPI)").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Command {
    /// The vector field.
    pub vector: u8,
    /// Delivery mode, one of [`delivery`].
    #[bits(3)]
    pub delivery_mode: u8,
    /// Destination mode: 1 is logical.
    pub logical: bool,
    /// Delivery status: not yet accepted (read only).
    pub pending: bool,
    __: bool,
    /// Level: 1 is assert; 0 only for INIT level de-assert.
    pub level: bool,
    /// Trigger mode: 1 is level-triggered.
    pub trigger_mode: bool,
    #[bits(2)]
    __: u8,
    /// Destination shorthand, one of [`shorthand`].
    #[bits(2)]
    pub shorthand: u8,
    #[bits(12)]
    __: u16,
}

/// An entry of the local vector table (Intel SDM vol. 3, Figure 10-8 "Local Vector Table (LVT)"; AMD APM vol. 2, 16.4 "Local
/// Interrupts").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct LvtEntry {
    /// The vector field.
    pub vector: u8,
    /// Delivery mode, one of [`delivery`].
    #[bits(3)]
    pub delivery_mode: u8,
    __: bool,
    /// Delivery status (read only).
    pub pending: bool,
    /// LINT pins: active low.
    pub active_low: bool,
    /// LINT pins: remote IRR, accepted and not yet ended by an EOI.
    pub remote_irr: bool,
    /// LINT pins: level-triggered.
    pub level_triggered: bool,
    /// M: masked, delivers nothing.
    pub masked: bool,
    #[bits(15)]
    __: u16,
}

/// The lowest vector that a fixed interrupt may have (Intel SDM vol. 3, 10.5.2 "Valid Interrupt Vectors"; AMD APM vol. 2, 16.6.4
/// "Selecting and Handling Interrupts").
pub const LEAST_VECTOR: u8 = 16;
/// The bits of a priority or of a vector that hold its class (Intel SDM vol. 3, 10.8.3 "Interrupt, Task, and Processor
/// Priority"; AMD APM vol. 2, 16.6.4).
pub const PRIORITY_CLASS: u32 = 0xf0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_as_the_manuals_draw_them() {
        let command = Command::new().with_vector(0x35).with_delivery_mode(delivery::NMI).with_level(true);
        assert_eq!(command.into_bits(), 0x4435);
        assert_eq!(command.with_shorthand(shorthand::OTHERS).into_bits(), 0xc_4435);
        assert_eq!(Command::new().with_logical(true).with_pending(true).into_bits(), 0x1800);
        assert_eq!(Command::new().with_trigger_mode(true).into_bits(), 0x8000);
        assert_eq!(Icr::new().with_command(0x4435).with_destination(0x200_0000).into_bits(), 0x0200_0000_0000_4435);
        let entry = LvtEntry::new().with_masked(true).with_delivery_mode(delivery::NMI).with_vector(0xff);
        assert_eq!(entry.into_bits(), 0x1_04ff);
        assert_eq!(LvtEntry::new().with_active_low(true).with_level_triggered(true).into_bits(), 0xa000);
        assert_eq!(Spurious::new().with_vector(0xff).with_enabled(true).into_bits(), 0x1ff);
        assert_eq!(Version::new().with_version(0x14).with_last_entry(5).into_bits(), 0x5_0014);
        assert_eq!((X2APIC_BROADCAST, FLAT_MODEL), (0xffff_ffff, 0xffff_ffff));
        assert_eq!((MODEL_SHIFT, LOGICAL_FLAT, LOGICAL_CLUSTER), (28, 0xff, 0xf));
        assert_eq!((LOGICAL_X2APIC, PRIORITY, PRIORITY_CLASS), (0xffff, 0xff, 0xf0));
        assert_eq!((cr8(0xf3), task_priority(0xf)), (0xf, 0xf0));
        let base = ApicBase::new().with_boot_processor(true).with_enabled(true).with_frame(PAGE >> 12);
        assert_eq!(base.into_bits(), 0xfee0_0900);
        assert_eq!(base.with_x2apic(true).into_bits(), 0xfee0_0d00);
    }
}
