//! The page of guest memory with the code that enters and leaves the guest ([`map::BARE_PAGE`]).
//!
//! A guest's own page tables map nothing above its memory, so the last instructions before it and the first ones after it run in
//! a page of its memory that no guest uses. Fixed offsets in the page hold the start state ([`place`]).

use std::collections::BTreeMap;

use guests::asm::{Assembled, Region, Unit};
use guests::map::{self, port, selector};
use guests::{Guest, Mode, StartState};
use x86::code::{JMP_NEAR, MOV_AL, NOP_2, OPERAND_SIZE, SYSCALL};
use x86::control::Efer;

use super::Error;
use crate::hardware::{self, CODE16, CODE32, DATA16, DATA32};

/// Start of the page.
const PAGE: u64 = map::BARE_PAGE.start;

/// Addresses of what the page's code reads and writes.
mod place {
    use super::PAGE;

    pub(super) const CR0: u64 = PAGE + 0x800;
    pub(super) const CR3: u64 = PAGE + 0x808;
    pub(super) const CR4: u64 = PAGE + 0x810;
    pub(super) const EFER: u64 = PAGE + 0x818;
    pub(super) const GDTR: u64 = PAGE + 0x820;
    pub(super) const IDTR: u64 = PAGE + 0x830;
    /// What IRET takes: RIP, CS, RFLAGS, RSP, SS.
    pub(super) const FRAME: u64 = PAGE + 0x840;
    pub(super) const DS: u64 = PAGE + 0x870;
    pub(super) const ES: u64 = PAGE + 0x872;
    pub(super) const FS: u64 = PAGE + 0x874;
    pub(super) const GS: u64 = PAGE + 0x876;
    pub(super) const SS: u64 = PAGE + 0x878;
    pub(super) const TR: u64 = PAGE + 0x87a;
    pub(super) const CS: u64 = PAGE + 0x87c;
    /// In real mode: the selector that gives FS its limit.
    pub(super) const FAR: u64 = PAGE + 0x87e;
    /// RSP at the guest's end.
    pub(super) const RSP: u64 = PAGE + 0x880;
    /// How the guest ended: the port of the trace ABI that it would have written to.
    pub(super) const PORT: u64 = PAGE + 0x888;
    pub(super) const OWN_GDTR: u64 = PAGE + 0x890;
    pub(super) const OWN_GDT: u64 = PAGE + 0x8a0;
    pub(super) const STACK: u64 = PAGE + 0x1000;
}

/// Selectors of the page's own GDT; the first two are the supervisor's as well.
mod own {
    pub(super) const CODE: u16 = 0x08;
    pub(super) const DATA: u16 = 0x10;
    pub(super) const CODE16: u16 = 0x18;
    pub(super) const DATA16: u16 = 0x20;
}

/// The page's code in one mode.
pub(super) struct Low {
    mode: Mode,
    assembled: Assembled,
}

/// A label's address. Errors: there is none.
pub(super) fn address_of(symbols: &BTreeMap<String, u64>, label: &str) -> Result<u64, Error> {
    symbols.get(label).copied().ok_or_else(|| Error::Label(label.to_owned()))
}

/// Constants of all assembly texts that use the page.
pub(super) const CONSTANTS: [(&str, u64); 5] = [
    ("LOW", PAGE),
    ("LOW_RSP", place::RSP),
    ("LOW_PORT", place::PORT),
    ("OWN_CODE", own::CODE as u64),
    ("OWN_DATA", own::DATA as u64),
];

impl Low {
    /// Assembles it; a guest's end leads to the supervisor's address `back`.
    pub(super) fn new(mode: Mode, back: u64) -> Result<Self, Error> {
        // Units are aligned, and execution runs from one text into the next.
        let texts: [(u64, u64, u32, &str); 4] = match mode {
            Mode::Real => [
                (0, 0x100, 32, concat!(include_str!("enter.asm"), include_str!("enter-real.asm"))),
                (0x100, 0x200, 16, include_str!("enter-real16.asm")),
                (0x200, 0x280, 16, include_str!("leave-real.asm")),
                (0x280, 0x300, 32, include_str!("leave.asm")),
            ],
            Mode::Protected => [
                (0, 0x200, 32, concat!(include_str!("enter.asm"), include_str!("enter-protected.asm"))),
                (0x200, 0x280, 32, include_str!("leave-protected.asm")),
                (0x280, 0x300, 32, include_str!("leave.asm")),
                (0x300, 0x300, 32, ""),
            ],
            Mode::Long => [
                (0, 0x100, 32, concat!(include_str!("enter.asm"), include_str!("enter-long.asm"))),
                (0x100, 0x200, 64, include_str!("enter-long64.asm")),
                (0x200, 0x280, 64, include_str!("leave-long.asm")),
                (0x280, 0x300, 32, include_str!("leave.asm")),
            ],
        };
        let region = |(name, (from, to, bits, text)): (&'static str, (u64, u64, u32, &'static str))| Region {
            start: PAGE + from,
            end: PAGE + to,
            base: 0,
            bits,
            units: vec![Unit { name, text }],
        };
        let regions: Vec<Region<'_>> =
            ["part0", "part1", "part2", "part3"].into_iter().zip(texts).map(region).collect();
        let constants = [
            ("START_CR0", place::CR0),
            ("START_CR3", place::CR3),
            ("START_CR4", place::CR4),
            ("START_EFER", place::EFER),
            ("START_GDTR", place::GDTR),
            ("START_IDTR", place::IDTR),
            ("START_FRAME", place::FRAME),
            ("START_DS", place::DS),
            ("START_ES", place::ES),
            ("START_FS", place::FS),
            ("START_GS", place::GS),
            ("START_SS", place::SS),
            ("START_TR", place::TR),
            ("START_CS", place::CS),
            ("START_FAR", place::FAR),
            ("KERNEL_CS", selector::KERNEL_CS.into()),
            ("TSS_DESCRIPTOR", map::GDT[0] + u64::from(selector::TSS)),
            ("LOW_CODE16", own::CODE16.into()),
            ("LOW_DATA16", own::DATA16.into()),
            ("LOW_GDTR", place::OWN_GDTR),
            ("LOW_STACK", place::STACK),
            ("DONE", port::DONE.into()),
            ("FAULT", port::FAULT.into()),
            ("BACK", back),
        ];
        let constants = [&constants[..], &CONSTANTS].concat();
        let assembled = hardware::assemble(&regions, &constants)?;
        Ok(Self { mode, assembled })
    }

    fn label(&self, name: &str) -> Result<u64, Error> {
        address_of(&self.assembled.symbols, name)
    }

    /// The target of SYSCALL or SYSENTER, which end a guest outside of real mode.
    pub(super) fn way_back(&self) -> Result<u64, Error> {
        self.label(match self.mode {
            Mode::Long => "leave",
            Mode::Protected => "left",
            Mode::Real => "done",
        })
    }

    /// What the page adds to a guest's memory: address and bytes.
    pub(super) fn pieces(&self, guest: &Guest) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let mut pieces: Vec<(u64, Vec<u8>)> =
            self.assembled.lines.iter().map(|line| (line.address, line.bytes.clone())).collect();
        let start = guest.start.first().ok_or_else(|| Error::Label("start".to_owned()))?;
        pieces.extend(self.start(start));
        let descriptors = [0, CODE32, DATA32, CODE16, DATA16];
        let gdt: Vec<u8> = descriptors.into_iter().flat_map(u64::to_le_bytes).collect();
        pieces.push((place::OWN_GDTR, table(place::OWN_GDT, (gdt.len() - 1) as u16)));
        pieces.push((place::OWN_GDT, gdt));
        pieces.push(self.end_by(address_of(&guest.symbols, "__park")?, port::DONE)?);
        pieces.push(self.end_by(address_of(&guest.symbols, "__fault")?, port::FAULT)?);
        let snaps = guest.sites.iter().filter_map(|site| site.exit).filter(|exit| exit.port == port::SNAP);
        pieces.extend(snaps.map(|exit| (exit.address, NOP_2.into())));
        Ok(pieces)
    }

    fn start(&self, start: &StartState) -> Vec<(u64, Vec<u8>)> {
        let long_mode_active = Efer::new().with_long_mode_active(true).into_bits();
        let frame = [start.rip, start.cs.selector.into(), start.rflags, start.rsp, start.ss.selector.into()];
        let frame = match self.mode {
            Mode::Long => frame.into_iter().flat_map(u64::to_le_bytes).collect(),
            Mode::Protected | Mode::Real => frame.into_iter().flat_map(|slot| (slot as u32).to_le_bytes()).collect(),
        };
        let far = if start.fs.limit == u32::MAX { own::DATA } else { own::DATA16 };
        let selectors = [
            (place::DS, start.ds.selector),
            (place::ES, start.es.selector),
            (place::FS, start.fs.selector),
            (place::GS, start.gs.selector),
            (place::SS, start.ss.selector),
            (place::TR, start.tr.selector),
            (place::CS, start.cs.selector),
            (place::FAR, far),
        ];
        let registers = [
            (place::CR0, start.cr0),
            (place::CR3, start.cr3),
            (place::CR4, start.cr4),
            (place::EFER, start.efer & !long_mode_active),
        ];
        let mut pieces = vec![
            (place::GDTR, table(start.gdt.base, start.gdt.limit)),
            (place::IDTR, table(start.idt.base, start.idt.limit)),
            (place::FRAME, frame),
        ];
        pieces.extend(registers.map(|(at, value)| (at, value.to_le_bytes().to_vec())));
        pieces.extend(selectors.map(|(at, value)| (at, value.to_le_bytes().to_vec())));
        pieces
    }

    /// The four bytes at `at` that replace an exit by the port and the jump back to it.
    fn end_by(&self, at: u64, port: u8) -> Result<(u64, Vec<u8>), Error> {
        let label = if port == port::DONE { "done" } else { "fault" };
        let jump = |from: u64| Ok::<_, Error>((self.label(label)?.wrapping_sub(from) as u16).to_le_bytes());
        let bytes = match self.mode {
            Mode::Long => [[MOV_AL, port], SYSCALL].concat(),
            Mode::Protected => [&[OPERAND_SIZE, JMP_NEAR][..], &jump(at + 4)?].concat(),
            Mode::Real => [&[JMP_NEAR][..], &jump(at + 3)?].concat(),
        };
        Ok((at, bytes))
    }
}

/// What LGDT and LIDT read.
fn table(base: u64, limit: u16) -> Vec<u8> {
    [&limit.to_le_bytes()[..], &base.to_le_bytes()].concat()
}
