//! Makes an image for a multiboot loader: the supervisor, and a table of guests after it.

use std::sync::Arc;

use guests::asm::{Region, Unit};
use guests::map::{self, port, selector};
use guests::{Guest, Mode};
use x86::msr;

use super::Error;
use super::features::{self, Features};
use super::low::{self, Low};
use super::{fnv, verdict};
use crate::hardware;

/// Where the image is loaded. The lab's boot ROM for Bochs needs 8 MiB below it.
pub const ADDRESS: u64 = 0x100_0000;
/// Size of the supervisor's code and data, at most.
const CODE: u64 = 0x2000;
/// The supervisor's IDT; its stack ends at the table.
const IDT: u64 = ADDRESS + CODE;
/// The table of guests.
const TABLE: u64 = ADDRESS + 0x4000;

/// Magic numbers, flags and offsets of the boot protocol (Multiboot Specification 0.6.96, 3.1 "OS image format" and 3.3 "Boot information format").
const MULTIBOOT: [(&str, u64); 5] = [
    ("MULTIBOOT_HEADER", 0x1bad_b002),
    ("MULTIBOOT_ADDRESSES", 1 << 16),
    ("MULTIBOOT_LOADED", 0x2bad_b002),
    ("MULTIBOOT_HAS_COMMAND_LINE", 1 << 2),
    ("MULTIBOOT_COMMAND_LINE", 16),
];

/// One guest of an image.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The trial's name.
    pub name: String,
    /// The guest.
    pub guest: Arc<Guest>,
    /// What it needs of the processor.
    pub needs: Features,
    /// Whether it is a hypervisor.
    pub hypervisor: bool,
    /// Digests of all traces that the model allows.
    pub digests: Vec<u32>,
}

/// The image: bytes to be loaded at [`ADDRESS`], entered at `entry` in 32-bit protected mode.
#[derive(Clone, Debug)]
pub struct Image {
    /// The bytes that are loaded.
    pub bytes: Vec<u8>,
    /// The first instruction.
    pub entry: u64,
}

/// Offsets in an entry, whose first word is its size in bytes. The digests and the pieces follow.
mod entry {
    pub(super) const FLAGS: u64 = 4;
    /// Offset of the first piece.
    pub(super) const FIRST_PIECE: u64 = 8;
    pub(super) const PIECES: u64 = 12;
    /// Terminated by a zero byte.
    pub(super) const NAME: u64 = 16;
    pub(super) const NAME_SIZE: usize = 112;
    pub(super) const DIGESTS: u64 = NAME + NAME_SIZE as u64;
    pub(super) const FIRST_DIGEST: u64 = DIGESTS + 4;
}

/// Flags of an entry beside its [`Features`].
mod flag {
    pub(super) const HYPERVISOR: u32 = 0x100;
    pub(super) const LONG: u32 = 0x200;
    pub(super) const PROTECTED: u32 = 0x400;
}

/// Makes the image of these guests, which run in this order. Those in x2APIC mode must be last: the supervisor never leaves
/// that mode.
pub fn image(entries: &[Entry]) -> Result<Image, Error> {
    // Assembled twice: its labels stay where they are, whatever the values of these constants.
    let draft = supervisor(entries.len(), &[0; 3])?;
    let back = low::address_of(&draft.symbols, "back")?;
    let lows = Mode::ALL.map(|mode| Low::new(mode, back).map(|low| (mode, low)));
    let lows: Vec<(Mode, Low)> = lows.into_iter().collect::<Result<_, _>>()?;
    let mut ways = [0; 3];
    for (at, (_, low)) in ways.iter_mut().zip(&lows) {
        *at = low.way_back()?;
    }
    let supervisor = supervisor(entries.len(), &ways)?;
    let mut bytes = vec![0; (TABLE - ADDRESS) as usize];
    for line in &supervisor.lines {
        put(&mut bytes, line.address - ADDRESS, &line.bytes);
    }
    for entry in entries {
        let Some((_, low)) = lows.iter().find(|(mode, _)| *mode == entry.guest.mode) else { continue };
        bytes.extend(packed(entry, low)?);
    }
    let entry = low::address_of(&supervisor.symbols, "enter")?;
    Ok(Image { bytes, entry })
}

fn supervisor(guests: usize, ways: &[u64; 3]) -> Result<guests::asm::Assembled, Error> {
    let [_, protected, long] = *ways;
    // MSR, low and high half of its value, flags of the guests that need it. A zero ends the list.
    let kernel = u64::from(selector::KERNEL_CS);
    let msrs = [
        (msr::STAR, msr::Star::new().with_call(selector::KERNEL_CS).into_bits(), flag::LONG),
        (msr::LSTAR, long, flag::LONG),
        (msr::SFMASK, u32::MAX.into(), flag::LONG),
        (msr::SYSENTER_CS, kernel, flag::PROTECTED),
        (msr::SYSENTER_EIP, protected, flag::PROTECTED),
        (msr::VM_HSAVE_PA, map::HOST_SAVE, features::SVM),
    ];
    let words = msrs.map(|(msr, value, flags)| format!("{msr}, {}, {}, {flags}", value as u32, value >> 32));
    let table = format!("MSRS: dd {}, 0\nCOUNT: dd {guests}\n", words.join(", "));
    let units = [("supervisor", include_str!("supervisor.asm")), ("seeing", verdict::SEE), ("table", &table)];
    let constants = [
        ("BSS_END", 0),
        ("IDT", IDT),
        ("STACK", TABLE),
        ("TABLE", TABLE),
        ("MEMORY_SIZE", map::MEMORY_SIZE),
        ("RING", map::RING.start),
        ("RING_HEAD", map::RING_HEAD),
        ("RING_RECORDS", map::RING_RECORDS),
        ("RECORD_SIZE", map::RECORD_SIZE),
        ("ENTRY_FLAGS", entry::FLAGS),
        ("ENTRY_PIECES", entry::PIECES),
        ("ENTRY_FIRST_PIECE", entry::FIRST_PIECE),
        ("ENTRY_NAME", entry::NAME),
        ("ENTRY_DIGESTS", entry::DIGESTS),
        ("ENTRY_FIRST_DIGEST", entry::FIRST_DIGEST),
        ("FEATURES", features::ALL.into()),
        ("AMD", features::AMD.into()),
        ("X2APIC", features::X2APIC.into()),
        ("SVM", features::SVM.into()),
        ("VNMI", features::VNMI.into()),
        ("VGIF", features::VGIF.into()),
        ("IDLE_HLT", features::IDLE_HLT.into()),
        ("VMX", features::VMX.into()),
        ("VIRTUAL_NMIS", features::VIRTUAL_NMIS.into()),
        ("HYPERVISOR", flag::HYPERVISOR.into()),
        ("DONE", port::DONE.into()),
        ("FNV_BASIS", fnv::BASIS.into()),
        ("FNV_PRIME", fnv::PRIME.into()),
    ];
    let constants = [&constants[..], &MULTIBOOT, &verdict::CONSTANTS, &low::CONSTANTS].concat();
    let units = units.map(|(name, text)| Unit { name, text }).into();
    let region = Region { start: ADDRESS, end: ADDRESS + CODE, base: 0, bits: 32, units };
    Ok(hardware::assemble(&[region], &constants)?)
}

/// An entry of the table.
fn packed(entry: &Entry, low: &Low) -> Result<Vec<u8>, Error> {
    let pieces = pieces(&entry.guest, low)?;
    let mode = match entry.guest.mode {
        Mode::Long => flag::LONG,
        Mode::Protected => flag::PROTECTED,
        Mode::Real => 0,
    };
    let hypervisor = if entry.hypervisor { flag::HYPERVISOR } else { 0 };
    let mut bytes = vec![0; entry::FIRST_DIGEST as usize];
    let word = |value: usize| (value as u32).to_le_bytes();
    put(&mut bytes, entry::FLAGS, &(entry.needs.bits() | hypervisor | mode).to_le_bytes());
    let name = entry.name.as_bytes();
    put(&mut bytes, entry::NAME, name.get(..entry::NAME_SIZE - 1).unwrap_or(name));
    put(&mut bytes, entry::DIGESTS, &word(entry.digests.len()));
    bytes.extend(entry.digests.iter().flat_map(|digest| digest.to_le_bytes()));
    let first = bytes.len();
    put(&mut bytes, entry::FIRST_PIECE, &word(first));
    put(&mut bytes, entry::PIECES, &word(pieces.len()));
    for (at, piece) in pieces {
        bytes.extend(word(at));
        bytes.extend(word(piece.len()));
        bytes.extend(&piece);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    let size = bytes.len();
    put(&mut bytes, 0, &word(size));
    Ok(bytes)
}

/// A run of zeros of this length separates two pieces.
const GAP: usize = 16;

/// The guest's memory with the low page in it, as address and bytes of pieces without long runs of zeros.
fn pieces(guest: &Guest, low: &Low) -> Result<Vec<(usize, Vec<u8>)>, Error> {
    let mut memory = guest.memory.clone();
    for (at, bytes) in low.pieces(guest)? {
        let end = at as usize + bytes.len();
        memory.resize(memory.len().max(end), 0);
        put(&mut memory, at, &bytes);
    }
    let mut pieces: Vec<(usize, Vec<u8>)> = Vec::new();
    for (at, &byte) in memory.iter().enumerate().filter(|&(_, &byte)| byte != 0) {
        match pieces.last_mut() {
            Some((start, piece)) if at - (*start + piece.len()) < GAP => {
                piece.resize(at - *start, 0);
                piece.push(byte);
            }
            _ => pieces.push((at, vec![byte])),
        }
    }
    Ok(pieces)
}

fn put(bytes: &mut [u8], at: u64, what: &[u8]) {
    if let Some(room) = bytes.get_mut(at as usize..).and_then(|from| from.get_mut(..what.len())) {
        room.copy_from_slice(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supervisor_fits_its_room_and_is_entered_behind_its_multiboot_header() {
        let image = image(&[]).unwrap();
        assert_eq!(image.bytes.len() as u64, TABLE - ADDRESS);
        assert!(image.entry > ADDRESS + 32 && image.entry < IDT);
        assert_eq!(image.bytes[..4], 0x1bad_b002_u32.to_le_bytes());
    }
}
