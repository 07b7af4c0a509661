//! The local APIC's interrupt command register and end-of-interrupt register, as text assembly.

use bitfield_struct::bitfield;

use crate::{RaiseBy, map};

/// Offsets in the local APIC's page (Intel SDM vol. 3, Table 10-1 "Local APIC Register Address Map"; AMD APM vol. 2,
/// section 16.3.2 "APIC Registers").
pub(crate) mod register {
    /// End of interrupt.
    pub(crate) const EOI: u64 = 0xb0;
    /// Spurious-interrupt vector.
    pub(crate) const SVR: u64 = 0xf0;
    /// Interrupt command, bits 31:0; writing it sends.
    pub(crate) const ICR: u64 = 0x300;
    /// Interrupt command, bits 63:32: the destination.
    pub(crate) const ICR2: u64 = 0x310;
    /// Local vector table: performance counters.
    pub(crate) const LVTPC: u64 = 0x340;
}

/// MSR of an APIC register in x2APIC mode: 800h plus the offset by 16 (Intel SDM vol. 3, section 10.12.1.2 "x2APIC
/// Register Address Space").
fn msr(register: u64) -> u64 {
    0x800 + register / 16
}

/// The interrupt command register's low half (Intel SDM vol. 3, Figure 10-12 "Interrupt Command Register (ICR)"; AMD APM
/// vol. 2, section 16.5 "Interprocessor Interrupts (IPI)").
#[bitfield(u32)]
struct Command {
    vector: u8,
    /// Message type.
    #[bits(3)]
    delivery_mode: u8,
    /// 1 is logical.
    destination_mode: bool,
    __: bool,
    __: bool,
    /// 1 is assert, which every message but INIT level de-assert has.
    level: bool,
    /// 1 is level-triggered.
    trigger_mode: bool,
    #[bits(2)]
    __: u8,
    /// 0: the destination field says to whom.
    #[bits(2)]
    destination_shorthand: u8,
    #[bits(12)]
    __: u16,
}

/// Delivery mode NMI.
const NMI: u8 = 0b100;
/// The vector field is ignored for NMIs; this one has no handler, so a machine that heeds it shows.
const IGNORED_VECTOR: u8 = 0x35;

/// The command that sends an NMI to the processor the destination field names.
pub(crate) fn nmi_command() -> u32 {
    Command::new().with_vector(IGNORED_VECTOR).with_delivery_mode(NMI).with_level(true).into_bits()
}

/// Lines that send an NMI to the processor with APIC ID `to`; the last one sends. Clobbers EAX and, by MSR, ECX, EDX.
///
/// Nothing for [`RaiseBy::Host`], which sends nothing itself.
pub(crate) fn send_nmi(bits: u32, by: RaiseBy, to: u32) -> Vec<String> {
    let command = nmi_command();
    match by {
        RaiseBy::Host => Vec::new(),
        RaiseBy::XApic => {
            let mut lines = store(bits, register::ICR2, to << 24);
            lines.extend(store(bits, register::ICR, command));
            lines
        }
        RaiseBy::X2Apic => write_msr(register::ICR, to, command),
    }
}

/// Lines that end the interrupt in service. Clobbers as [`send_nmi`] does.
pub(crate) fn end_of_interrupt(bits: u32, by: RaiseBy) -> Vec<String> {
    match by {
        RaiseBy::X2Apic => write_msr(register::EOI, 0, 0),
        RaiseBy::Host | RaiseBy::XApic => store(bits, register::EOI, 0),
    }
}

/// Stores to the APIC's page. The address goes through a register because 64-bit code would sign-extend it as a
/// displacement, and through FS in 16-bit code, where the other segments end at 64 KiB.
fn store(bits: u32, register: u64, value: u32) -> Vec<String> {
    let target = match bits {
        16 => "[fs:eax]",
        32 => "[eax]",
        _ => "[rax]",
    };
    vec![format!("mov eax, {:#x}", map::APIC_PAGE + register), format!("mov dword {target}, {value:#x}")]
}

fn write_msr(register: u64, high: u32, low: u32) -> Vec<String> {
    vec![
        format!("mov ecx, {:#x}", msr(register)),
        format!("mov edx, {high:#x}"),
        format!("mov eax, {low:#x}"),
        "wrmsr".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_as_the_manuals_draw_it() {
        assert_eq!(nmi_command(), 0x4435);
    }

    #[test]
    fn the_last_line_sends() {
        assert_eq!(
            send_nmi(64, RaiseBy::XApic, 1),
            ["mov eax, 0xfee00310", "mov dword [rax], 0x1000000", "mov eax, 0xfee00300", "mov dword [rax], 0x4435"]
        );
        assert_eq!(send_nmi(16, RaiseBy::XApic, 0)[3], "mov dword [fs:eax], 0x4435");
        assert_eq!(send_nmi(32, RaiseBy::X2Apic, 1), ["mov ecx, 0x830", "mov edx, 0x1", "mov eax, 0x4435", "wrmsr"]);
    }

    #[test]
    fn the_end_of_interrupt_changes_no_flag() {
        assert_eq!(end_of_interrupt(32, RaiseBy::Host), ["mov eax, 0xfee000b0", "mov dword [eax], 0x0"]);
        assert_eq!(end_of_interrupt(64, RaiseBy::X2Apic)[0], "mov ecx, 0x80b");
    }
}
