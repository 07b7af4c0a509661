//! Marks at which the stack pointer is known to be unusable.

use guests::abi::FrameKind;
use guests::{Guest, Line, Mode, PageFlaw, Site, map};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};

use crate::case::Case;

/// Bytes that a mark writes below the stack pointer, at least.
const PUSHED: u64 = 8;
/// Stack slots that a mark with a frame reads from the stack pointer upwards.
const READ: u64 = 6;

/// Marks and snaps that follow an instruction that sets the stack pointer to where they cannot write, each with that address.
///
/// Only certain cases are found: a constant, with at most additions, subtractions and NOPs between it and the mark.
pub(in crate::case) fn without_stack(case: &Case, guest: &Guest) -> Vec<(Site, u64)> {
    let mut found = Vec::new();
    let mut pointer: Option<u64> = None;
    let mut section = None;
    for line in &guest.listing {
        if line.section.is_none() || line.section != section {
            (pointer, section) = (None, line.section);
        }
        let site = guest.sites.iter().find(|site| site.address == line.address && site.mark.is_some());
        if let (Some(site), Some(at)) = (site, pointer)
            && !usable(case, guest.mode, matches!(site.frame, FrameKind::Interrupt | FrameKind::Error), at)
        {
            found.push((*site, at));
        }
        pointer = line.section.and_then(|_| after(pointer, &decode(line, guest.mode)));
    }
    found
}

pub(super) fn decode(line: &Line, mode: Mode) -> Instruction {
    Decoder::with_ip(mode.bits(), &line.bytes, line.address, DecoderOptions::NONE).decode()
}

/// The stack pointer after an instruction, if it is a known constant.
fn after(pointer: Option<u64>, i: &Instruction) -> Option<u64> {
    let whole = matches!(i.op0_register(), Register::RSP | Register::ESP | Register::SP);
    let immediate = i.op_count() == 2 && !matches!(i.op1_kind(), OpKind::Register | OpKind::Memory);
    match i.mnemonic() {
        Mnemonic::Nop => pointer,
        Mnemonic::Mov if whole && immediate => Some(i.immediate(1)),
        Mnemonic::Add if whole && immediate => Some(pointer?.wrapping_add(i.immediate(1))),
        Mnemonic::Sub if whole && immediate => Some(pointer?.wrapping_sub(i.immediate(1))),
        Mnemonic::Xor if whole && i.op1_register() == i.op0_register() => Some(0),
        _ => None,
    }
}

/// Whether a mark can write its record from this stack pointer.
fn usable(case: &Case, mode: Mode, frame: bool, pointer: u64) -> bool {
    if mode == Mode::Real {
        // A 16-bit stack pointer wraps, and all that it reaches is mapped.
        return true;
    }
    let reads = if frame { READ * mode.slot() } else { 0 };
    let writable = |address: u64| flaw(case, address).is_none_or(|flaw| flaw == PageFlaw::Supervisor);
    let readable = |address: u64| flaw(case, address) != Some(PageFlaw::NotPresent);
    let end = pointer.checked_add(reads).filter(|end| *end <= map::MEMORY_SIZE);
    end.is_some_and(|end| {
        pointer >= PUSHED && writable(pointer - PUSHED) && (reads == 0 || (readable(pointer) && readable(end - 1)))
    })
}

/// What the page of an address lacks; `None` for an ordinary page.
fn flaw(case: &Case, address: u64) -> Option<PageFlaw> {
    let page = address & !(map::PAGE - 1);
    match case.program.boot.pages.get(&page) {
        Some(PageFlaw::Present) => None,
        Some(flaw) => Some(*flaw),
        None => (page == map::ABSENT_PAGE.start).then_some(PageFlaw::NotPresent),
    }
}
