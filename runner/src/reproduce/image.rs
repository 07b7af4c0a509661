//! Guest memory as lines of C: code with its listing, tables by their pattern, everything else as bytes.

use std::collections::BTreeMap;
use std::ops::Range;

use guests::{Guest, map};
use reports::hex;

use super::template::comment;
use crate::case::Case;

/// The most bytes in one line.
const ROW: usize = 48;
/// The sizes of entries, in bytes, of which tables are recognized.
const DISTANCES: [usize; 3] = [4, 8, 16];
/// Memory that only a second processor uses.
pub(super) const OF_THE_SECOND: [Range<u64>; 3] =
    [map::CPU_BLOCK[1]..map::CODE.start, map::GDT[1]..map::TSS[0], map::TSS[1]..map::GATE_PAGE.start];
/// The number of zero bytes that ends a line.
const GAP: usize = 24;
/// The most entries of a table in one line.
const LOW: usize = 24;

/// The lines of the array `image`. `memory` is the guest's memory with the changes of the pass.
pub(super) fn image(case: &Case, guest: &Guest, memory: &[u8]) -> String {
    let mut covered = vec![false; memory.len()];
    let mut lines: BTreeMap<usize, String> = BTreeMap::new();
    let mut shown = None;
    for line in &guest.listing {
        let Some(section) = line.section else { continue };
        let at = line.address as usize;
        let Some(bytes) = memory.get(at..at + line.bytes.len()) else { continue };
        covered.iter_mut().skip(at).take(bytes.len()).for_each(|byte| *byte = true);
        let source = if shown == Some((section, line.line)) {
            String::new()
        } else {
            shown = Some((section, line.line));
            format!("{}: {}", section.word(), case.program.line(section, line.line))
        };
        let changed = if bytes == line.bytes { line.text.as_str() } else { "nop; this pass makes no exit here" };
        for (index, row) in bytes.chunks(ROW).enumerate() {
            let comment = if index == 0 { format!("{changed:<26} {source}") } else { String::new() };
            lines.insert(at + index * ROW, code(at + index * ROW, row, &comment));
        }
    }
    if guest.start.len() < 2 {
        for range in OF_THE_SECOND {
            covered.iter_mut().take(range.end as usize).skip(range.start as usize).for_each(|byte| *byte = true);
        }
    }
    rest(memory, &covered, &mut lines);
    lines.into_values().collect()
}

fn code(at: usize, bytes: &[u8], words: &str) -> String {
    let entry = format!("AT({at:#x}, \"{}\"),", hex(bytes));
    match words.trim() {
        "" => format!("\t{entry}\n"),
        words => format!("\t{entry:<36}/* {} */\n", comment(words)),
    }
}

/// Adds the lines of everything but the case's own code and data.
fn rest(memory: &[u8], covered: &[bool], lines: &mut BTreeMap<usize, String>) {
    let mut at = 0;
    let mut last = None;
    while let Some(&byte) = memory.get(at) {
        let free = |at: usize| covered.get(at) == Some(&false);
        if byte == 0 || !free(at) {
            at += 1;
            continue;
        }
        // Entries of tables are aligned, and may start with zeros.
        let aligned = at - at % 4;
        at = if (aligned..at).all(free) { aligned } else { at };
        let room = (at..memory.len()).take_while(|&at| free(at)).count();
        let bytes = &memory[at..at + room];
        let part = part(at as u64);
        let words = if last == Some(part) { "" } else { part };
        last = Some(part);
        let is_data = !map::ABI_CODE.contains(&(at as u64));
        if let Some((table, text)) = table(at, bytes).filter(|_| is_data) {
            lines.insert(
                at,
                format!("{text}{}\n", if words.is_empty() { String::new() } else { format!("\t/* {words} */") }),
            );
            at += table;
            continue;
        }
        // Up to the next table or the next gap.
        let ends = (1..bytes.len().min(ROW)).find(|&length| {
            let left = &bytes[length..];
            left.iter().take(GAP).all(|&byte| byte == 0)
                || (is_data && (at + length) % 8 == 0 && table_at(left).is_some())
        });
        let length = ends.unwrap_or(bytes.len().min(ROW));
        lines.insert(at, code(at, &bytes[..length], words));
        at += length;
    }
}

/// The table at the start of `bytes`, if there is one: its length in bytes and its lines.
fn table(at: usize, bytes: &[u8]) -> Option<(usize, String)> {
    let Table { distance, count, entries } = table_at(bytes)?;
    let entry = &bytes[..distance];
    let line = match entries {
        Entries::Grow(step) => format!("\tSTEPS({at:#x}, \"{}\", {distance}, {step:#x}, {count}),", hex(entry)),
        Entries::Low => {
            let low: Vec<String> =
                (0..count).filter_map(|n| bytes.get(n * distance..n * distance + 2)).map(hex).collect();
            let rows: Vec<String> = low.chunks(LOW).map(|row| format!("\"{}\"", row.concat())).collect();
            format!("\tTABLE({at:#x}, \"{}\", {distance},\n\t\t{}),", hex(entry), rows.join("\n\t\t"))
        }
    };
    Some((distance * count, line))
}

/// Entries that differ only in their first bytes.
struct Table {
    /// The size of an entry, in bytes.
    distance: usize,
    count: usize,
    entries: Entries,
}

/// How the first bytes differ.
enum Entries {
    /// The first four bytes grow by this much.
    Grow(u32),
    /// The first two bytes differ.
    Low,
}

/// The longest table at the start of `bytes`.
fn table_at(bytes: &[u8]) -> Option<Table> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let grow = |distance: usize| {
        let first = bytes.get(..distance)?;
        let step = number(distance)?.wrapping_sub(number(0)?);
        let fits = |n: &usize| {
            let entry = bytes.get(n * distance..(n + 1) * distance);
            let grown = number(0).map(|first| first.wrapping_add(step.wrapping_mul(*n as u32)).to_le_bytes());
            entry.zip(grown).is_some_and(|(entry, grown)| entry[..4] == grown && entry[4..] == first[4..])
        };
        Some(Table { distance, count: (0..).take_while(fits).count(), entries: Entries::Grow(step) })
    };
    let low = |distance: usize| {
        let first = bytes.get(..distance)?;
        let fits = |n: &usize| {
            let entry = bytes.get(n * distance..(n + 1) * distance);
            entry.is_some_and(|entry| entry[2..] == first[2..] && entry[..2] != [0, 0])
        };
        let count = (0..).take_while(fits).count();
        // Entries of which all other bytes are zero are no table.
        first[2..].iter().any(|&byte| byte != 0).then_some(Table { distance, count, entries: Entries::Low })
    };
    let worth = |table: &Table| {
        let least = if matches!(table.entries, Entries::Low) { 8 } else { 4 };
        table.count >= least && bytes.iter().take(table.distance).any(|&byte| byte != 0)
    };
    let all = DISTANCES.into_iter().flat_map(|distance| [low(distance), grow(distance)]).flatten();
    all.filter(worth).max_by_key(|table| table.distance * table.count)
}

/// The name of what is at an address, for comments.
fn part(at: u64) -> &'static str {
    let parts = [
        (map::IVT..map::RING_HEAD, "interrupt vector table"),
        (map::RING_HEAD..map::CODE.start, "GS:0: the processor's number"),
        (map::ABI_CODE, "routine of marks and snaps; handlers of exceptions without one: OUT E3h"),
        (map::GDT[0]..map::TSS[0], "GDT"),
        (map::TSS[0]..map::GATE_PAGE.start, "TSS"),
        (map::GATE_PAGE.start..map::PAGE_TABLES.start, "IDT"),
        (map::PAGE_TABLES, "page tables"),
        (map::L2_GATE_PAGE.start..map::L2_STACK.start, "L2's IDT"),
        (map::VMCB..map::HOST_SAVE, "VMCB"),
        (map::HYPERVISOR_ABI_CODE, "routines of a guest hypervisor"),
        (map::VMX_POINTER..map::VMCS_FIELDS.start, "where main begins"),
        (map::VMCS_FIELDS, "fields of the VMCS: encoding, MSR, value"),
        (map::SMM_ABI_CODE, "routine of marks in SMM"),
    ];
    parts.into_iter().find(|(range, _)| range.contains(&at)).map_or("", |(_, words)| words)
}
