//! The local APIC's interrupt command register and end-of-interrupt register, as text assembly.

use x86::apic::{Command, ID_SHIFT, delivery, register};
use x86::msr;

use crate::{RaiseBy, map};

/// The vector field is ignored for NMIs; this vector has no handler, so a machine that uses it reports a fault.
const IGNORED_VECTOR: u8 = 0x35;

/// The command that sends an NMI to the processor the destination field names.
pub(crate) fn nmi_command() -> u32 {
    Command::new().with_vector(IGNORED_VECTOR).with_delivery_mode(delivery::NMI).with_level(true).into_bits()
}

/// Lines that send an NMI to the processor with APIC ID `to`; the last one sends. Clobbers EAX and, by MSR, ECX, EDX.
///
/// Nothing for [`RaiseBy::Host`], which sends nothing itself.
pub(crate) fn send_nmi(bits: u32, by: RaiseBy, to: u32) -> Vec<String> {
    let command = nmi_command();
    match by {
        RaiseBy::Host => Vec::new(),
        RaiseBy::XApic => {
            let mut lines = store(bits, register::ICR_HIGH, to << ID_SHIFT);
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
fn store(bits: u32, register: u32, value: u32) -> Vec<String> {
    let target = match bits {
        16 => "[fs:eax]",
        32 => "[eax]",
        _ => "[rax]",
    };
    vec![format!("mov eax, {:#x}", map::APIC_PAGE + u64::from(register)), format!("mov dword {target}, {value:#x}")]
}

fn write_msr(register: u32, high: u32, low: u32) -> Vec<String> {
    vec![
        format!("mov ecx, {:#x}", msr::x2apic(register)),
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
