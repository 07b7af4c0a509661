//! The registers of a processor.

use guests::{Segment, Table};
use spec::Shadow;
use x86::control::{CR0_PE, CR0_PG, EFER_LMA};
use x86::flags::{FIXED, RF, RFlags};
use x86::register::{CS, SS};
use x86::segment::{OFFSET_32, offset_mask};

/// The registers: all state that an instruction that faults must not change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Regs {
    /// By their numbers in instructions (`x86::register`); so are the segments.
    pub general: [u64; 16],
    /// Offset in CS, not linear.
    pub rip: u64,
    pub rflags: u64,
    pub segments: [Segment; 6],
    pub ldtr: Segment,
    pub tr: Segment,
    pub gdtr: Table,
    pub idtr: Table,
    pub cr0: u64,
    pub cr2: u64,
    pub cr3: u64,
    pub cr4: u64,
    pub efer: u64,
    pub dr: [u64; 8],
    pub cpl: u8,
    pub star: u64,
    pub lstar: u64,
    pub cstar: u64,
    pub sfmask: u64,
    pub kernel_gs_base: u64,
    pub tsc_aux: u64,
    /// SYSENTER's CS, ESP and EIP: kept, never used.
    pub sysenter: [u64; 3],
    pub shadow: Shadow,
    /// How many instructions the shadow still covers.
    pub shadow_left: u8,
    /// A repeated string instruction stands between two iterations.
    pub between_iterations: bool,
}

impl Regs {
    /// Protected mode, long mode included.
    pub(crate) fn protected(&self) -> bool {
        self.cr0 & CR0_PE != 0
    }

    /// Paging is on.
    pub(crate) fn paging(&self) -> bool {
        self.cr0 & CR0_PG != 0
    }

    /// Long mode is active, compatibility mode included.
    pub(crate) fn long(&self) -> bool {
        self.efer & EFER_LMA != 0
    }

    /// 64-bit code.
    pub(crate) fn code64(&self) -> bool {
        self.long() && self.segments[CS].long
    }

    /// Width of code, in bits.
    pub(crate) fn bits(&self) -> u32 {
        match (self.code64(), self.segments[CS].big) {
            (true, _) => 64,
            (false, true) => 32,
            (false, false) => 16,
        }
    }

    /// Which part of RSP is the stack pointer.
    pub(crate) fn stack_mask(&self) -> u64 {
        match (self.code64(), self.segments[SS].big) {
            (true, _) => u64::MAX,
            (false, big) => offset_mask(big),
        }
    }

    /// Linear address of the next instruction.
    pub(crate) fn linear_rip(&self) -> u64 {
        if self.code64() { self.rip } else { self.segments[CS].base.wrapping_add(self.rip) & OFFSET_32 }
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, bit: u64) -> bool {
        self.rflags & bit != 0
    }

    /// Sets or clears a flag.
    pub(crate) fn set_flag(&mut self, bit: u64, on: bool) {
        if on { self.rflags |= bit } else { self.rflags &= !bit }
    }

    /// Replaces the flags of `mask`.
    pub(crate) fn load_flags(&mut self, value: u64, mask: u64) {
        self.rflags = (self.rflags & !mask & !RF) | (value & mask) | FIXED;
    }

    /// I/O privilege level.
    pub(crate) fn iopl(&self) -> u8 {
        RFlags::from_bits(self.rflags).io_privilege()
    }
}
