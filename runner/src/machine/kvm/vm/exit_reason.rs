//! Trouble for exits that no guest of the suite should cause.

use std::time::Duration;

use guests::Mode;
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};
use x86::code::LONGEST;

use super::super::vcpu::Vcpu;
use super::memory::GuestMemory;
use crate::machine::{At, Cannot, Returned, Trouble};

/// Trouble for an exit that no guest of the suite should cause.
pub(crate) fn unexpected_exit(vcpu: &Vcpu, memory: &GuestMemory, number: u8, returned: &Returned) -> Trouble {
    let at = at(vcpu, memory, number);
    match *returned {
        Returned::InternalError { suberror, ref data } => Trouble::InternalError { at, suberror, data: data.clone() },
        Returned::FailEntry { reason } => Trouble::FailEntry { at, reason },
        Returned::Mmio { address, write } => Trouble::Memory { at, write, address, end: guests::map::MEMORY_SIZE },
        Returned::Out { port, value } => Trouble::Out { at, port, value },
        Returned::In { port } => Trouble::In { at, port },
        ref other => Cannot::GoOn { at, returned: other.clone() }.into(),
    }
}

/// Trouble for a run that was not given enough processor time to be judged.
pub(crate) fn starved(number: u8, given: Duration, took: Duration) -> Trouble {
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Cannot::Judge { cpu: number, given: millis(given), took: millis(took) }.into()
}

/// RIP and the instruction there, as far as they can be read.
fn at(vcpu: &Vcpu, memory: &GuestMemory, number: u8) -> At {
    let (Ok(registers), Ok(sregs)) = (vcpu.registers(), vcpu.fd.get_sregs()) else {
        return At { cpu: number, ..At::default() };
    };
    let mode = match (sregs.cs.l != 0, sregs.cs.db != 0) {
        (true, _) => Mode::Long,
        (false, true) => Mode::Protected,
        (false, false) => Mode::Real,
    };
    let outside = At { cpu: number, rip: Some(registers.rip), ..At::default() };
    let room = guests::map::MEMORY_SIZE.saturating_sub(registers.rip).min(LONGEST as u64);
    let mut bytes = vec![0; room as usize];
    if room == 0 || memory.read(registers.rip, &mut bytes).is_err() {
        return outside;
    }
    let mut decoder = Decoder::with_ip(mode.bits(), &bytes, registers.rip, DecoderOptions::NONE);
    let decoded = decoder.decode();
    let mut instruction = String::new();
    IntelFormatter::new().format(&decoded, &mut instruction);
    bytes.truncate(decoded.len().max(1));
    At { bytes, instruction, ..outside }
}
