//! Exits that no guest of the suite should cause, in words: what KVM said, and at which instruction.

use std::time::Duration;

use guests::Mode;
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

use super::super::ioctl_error::suberror as suberror_words;
use super::super::syscalls::Stopped;
use super::super::vcpu::Vcpu;
use super::memory::GuestMemory;
use crate::machine::Trouble;

/// Most bytes of one instruction.
const LONGEST: u64 = 15;

/// Trouble for an exit that no guest of the suite should cause.
pub(crate) fn unexpected_exit(vcpu: &Vcpu, memory: &GuestMemory, number: u8, stopped: &Stopped) -> Trouble {
    let place = place(vcpu, memory);
    match stopped {
        Stopped::Internal { suberror, data } => Trouble::new(
            format!(
                "KVM_EXIT_INTERNAL_ERROR on processor {number}, suberror {suberror} ({}), data {data:x?}, {place}",
                suberror_words(*suberror)
            ),
            "this KVM cannot run that instruction there; see the kernel log",
        ),
        Stopped::FailEntry(reason) => Trouble::new(
            format!("KVM_EXIT_FAIL_ENTRY on processor {number}, hardware reason {reason:#x}, {place}"),
            "the processor refused the guest's state; with kvm_intel, load it with dump_invalid_vmcs=1 and see the kernel log",
        ),
        Stopped::Mmio { address, write } => Trouble::new(
            format!(
                "{} of guest-physical address {address:#x} on processor {number}, {place}",
                if *write { "write" } else { "read" }
            ),
            format!("nothing is there; guest memory ends at {:#x}", guests::map::MEMORY_SIZE),
        ),
        Stopped::Out(port, value) => Trouble::new(
            format!("OUT of {value:#x} to port {port:X}h on processor {number}, {place}"),
            "the ports of the guest's ABI are 0E0h to 0E6h",
        ),
        Stopped::In(port) => {
            Trouble::new(format!("IN from port {port:X}h on processor {number}, {place}"), "no device is there")
        }
        other => Trouble::new(
            format!("KVM_RUN returned {other:?} on processor {number}, {place}"),
            "no guest of the suite asks for that; see the KVM API document, \"KVM_RUN\"",
        ),
    }
}

/// Trouble for a run that was not given enough processor time to be judged.
pub(crate) fn starved(number: u8, given: Duration, took: Duration) -> Trouble {
    Trouble::new(
        format!("processor {number} was given {given:.1?} of processor time in {took:.0?}"),
        "that is too little to say whether the guest hangs; let less run beside, and run the trial again",
    )
}

/// `RIP 0x2004: iretd (CF)`, as far as it can be told.
fn place(vcpu: &Vcpu, memory: &GuestMemory) -> String {
    let (Ok(registers), Ok(sregs)) = (vcpu.registers(), vcpu.fd.get_sregs()) else {
        return "RIP unknown".to_owned();
    };
    let mode = match (sregs.cs.l != 0, sregs.cs.db != 0) {
        (true, _) => Mode::Long,
        (false, true) => Mode::Protected,
        (false, false) => Mode::Real,
    };
    let room = guests::map::MEMORY_SIZE.saturating_sub(registers.rip).min(LONGEST);
    let mut bytes = vec![0; room as usize];
    if room == 0 || memory.read(registers.rip, &mut bytes).is_err() {
        return format!("RIP {:#x}, outside guest memory", registers.rip);
    }
    let mut decoder = Decoder::with_ip(mode.bits(), &bytes, registers.rip, DecoderOptions::NONE);
    let instruction = decoder.decode();
    let mut text = String::new();
    IntelFormatter::new().format(&instruction, &mut text);
    let hex: Vec<String> = bytes.iter().take(instruction.len().max(1)).map(|byte| format!("{byte:02X}")).collect();
    format!("RIP {:#x}: {text} ({})", registers.rip, hex.join(" "))
}
