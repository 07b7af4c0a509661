//! Addresses of a guest as reports show them: by the nearest label, and with the listing around them.

use guests::{Guest, Line};
use reports::{Excerpt, ListingLine, Place, hex};

use crate::case::Case;
use crate::execute::Mark;
use crate::machine::Registers;

/// How many lines of the listing are shown before and after the line in question.
const AROUND: usize = 3;
/// How far from it they may be, in bytes.
const NEAR: u64 = 256;

/// Address of the call that wrote a mark's record.
pub fn mark_place(guest: &Guest, mark: &Mark) -> Option<u64> {
    Some(guest.mark_site(mark.site)?.call?.address)
}

/// Address of the pseudo-instruction of a mark: the instruction boundary whose state it records.
pub(super) fn mark_boundary(guest: &Guest, mark: &Mark) -> Option<u64> {
    Some(guest.mark_site(mark.site)?.address)
}

/// An address by the nearest label before it.
pub fn place(guest: &Guest, address: u64) -> Place {
    let Some((line, at)) = line_at(guest, address) else { return Place::OUTSIDE };
    // If several labels name one address, the case's own label is preferred to the ABI's.
    let nearest = guest.symbols.iter().filter(|&(_, &at)| at <= address);
    let Some((label, &start)) = nearest.max_by_key(|&(name, &at)| (at, !name.starts_with("__"))) else {
        return Place::OUTSIDE;
    };
    let after = guest.listing[..at].iter().rev().take_while(|earlier| earlier.address >= start).count();
    let after = u32::try_from(after).unwrap_or(u32::MAX);
    Place { inside: line.address != address, ..Place::after(label, after) }
}

fn line_at(guest: &Guest, address: u64) -> Option<(&Line, usize)> {
    let at = guest.listing.partition_point(|line| line.address <= address).checked_sub(1)?;
    let line = guest.listing.get(at)?;
    (address < line.address + line.bytes.len() as u64).then_some((line, at))
}

/// Whether an instruction of the guest is there.
pub(super) fn is_code(guest: &Guest, address: u64) -> bool {
    line_at(guest, address).is_some()
}

/// The listing around an address.
pub(super) fn excerpt_at(case: &Case, guest: &Guest, address: u64) -> Excerpt {
    let Some((line, at)) = line_at(guest, address) else { return Excerpt { at: address, lines: Vec::new() } };
    let first = at.saturating_sub(AROUND);
    let lines = guest.listing.iter().skip(first).take(at + AROUND + 1 - first);
    // Lines farther away belong to another region.
    let near = lines.filter(|other| other.address.abs_diff(line.address) < NEAR);
    Excerpt { at: line.address, lines: near.map(|line| listing_line(case, line)).collect() }
}

/// A line of a guest's listing as reports show it.
pub fn listing_line(case: &Case, line: &Line) -> ListingLine {
    let source = line.section.map(|section| format!("{}: {}", section.word(), case.program.line(section, line.line)));
    ListingLine {
        address: line.address,
        bytes: hex(&line.bytes),
        text: line.text.clone(),
        source: source.unwrap_or_default(),
    }
}

/// Registers, four to a line.
pub(super) fn register_lines(registers: &Registers) -> Vec<String> {
    const NAMES: [&str; 16] =
        ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];
    let pairs: Vec<String> =
        NAMES.iter().zip(registers.general).map(|(name, value)| format!("{name:>3} {value:016x}")).collect();
    let mut lines: Vec<String> = pairs.chunks(4).map(|four| four.join("  ")).collect();
    let Registers { rip, rflags, cr2, cs, ss, .. } = registers;
    lines.push(format!("rip {rip:016x}  rflags {rflags:08x}  cr2 {cr2:016x}  cs {cs:04x}  ss {ss:04x}"));
    lines
}
