//! The state of a processor: registers, and what it remembers from one instruction boundary to the next.

use guests::{Segment, StartState, Table};
use spec::{Nmi, Rules, Shadow, Vendor};
use x86::control::{CR0_PE, CR0_PG, EFER_LMA};
use x86::debug::{DR6_RESET, DR7_RESET};
use x86::flags::{FIXED, RF, RFlags};
use x86::segment::Selector;

use super::super::chips::{Lapic, Pmu};
use super::super::svm::{Guest, Svm};
use super::super::vmx::Vmx;

/// Indexes into [`Regs::segments`], in the order of the instruction encoding.
pub(crate) const ES: usize = 0;
/// Code segment.
pub(crate) const CS: usize = 1;
/// Stack segment.
pub(crate) const SS: usize = 2;
/// Data segment.
pub(crate) const DS: usize = 3;
/// FS.
pub(crate) const FS: usize = 4;
/// GS.
pub(crate) const GS: usize = 5;
/// Index of RSP in [`Regs::general`].
pub(crate) const RSP: usize = 4;

/// The registers: everything an instruction that faults must leave as it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regs {
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
            (false, true) => 0xffff_ffff,
            (false, false) => 0xffff,
        }
    }

    /// Linear address of the next instruction.
    pub(crate) fn linear_rip(&self) -> u64 {
        if self.code64() { self.rip } else { self.segments[CS].base.wrapping_add(self.rip) & 0xffff_ffff }
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

/// What SMM will restore (see `system::smm`).
#[derive(Clone, Debug)]
pub(crate) struct SmmSave {
    pub regs: Regs,
    pub halted: bool,
    pub trap: bool,
    /// NMIs were blocked when the SMI came.
    pub inside_nmi: bool,
    /// L2, which the SMI interrupted.
    pub guest: Option<Box<Guest>>,
}

/// One processor.
#[derive(Debug)]
pub(crate) struct Cpu {
    pub id: u8,
    pub vendor: Vendor,
    /// What it follows: the manual, or all of it but one rule.
    pub rules: Box<dyn Rules>,
    pub regs: Regs,
    pub nmi: Nmi,
    /// Of the NMIs that wait one is that of a counter, which overflowed in L2.
    pub counter_nmi: bool,
    /// A debug trap of the previous instruction is due.
    pub trap: bool,
    /// What that trap will report in DR6.
    pub watched: u64,
    /// What an instruction breakpoint's fault will report in DR6.
    pub breakpoint_hit: u64,
    /// SMIs that wait.
    pub smis: u32,
    pub smm: Option<Box<SmmSave>>,
    pub halted: bool,
    /// Where the last HLT stands.
    pub hlt: u64,
    pub lapic: Lapic,
    pub pmu: Pmu,
    pub svm: Svm,
    pub vmx: Vmx,
    /// The event that is on its way through the interrupt table.
    pub delivering: Option<super::Event>,
    /// Instructions retired, for RDTSC.
    pub retired: u64,
    /// NMIs delivered.
    pub injections: u64,
    /// What happened since it was last asked.
    pub noted: Noted,
}

/// What a step of a processor did, for who watches.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noted {
    /// The vector whose handler was entered.
    pub entered: Option<u8>,
    /// An IRET completed.
    pub returned: bool,
    /// An NMI was delivered, or its delivery faulted.
    pub nmi: bool,
    /// NMIs arrived.
    pub arrived: bool,
    /// L2 was left, with this EXITCODE or basic exit reason.
    pub left: Option<u64>,
}

impl Cpu {
    /// L2 runs.
    pub(crate) fn in_l2(&self) -> bool {
        self.svm.guest.is_some() || self.vmx.guest.is_some()
    }

    /// A processor at its first instruction.
    pub(crate) fn start(id: u8, start: &StartState, x2apic: bool, vendor: Vendor, rules: Box<dyn Rules>) -> Self {
        let mut general = [0; 16];
        general[RSP] = start.rsp;
        let mut dr = [0; 8];
        dr[6] = DR6_RESET;
        dr[7] = DR7_RESET;
        let segments = [start.es, start.cs, start.ss, start.ds, start.fs, start.gs];
        Self {
            id,
            vendor,
            rules,
            regs: Regs {
                general,
                rip: start.rip,
                rflags: start.rflags | FIXED,
                segments,
                ldtr: start.ldt,
                tr: start.tr,
                gdtr: start.gdt,
                idtr: start.idt,
                cr0: start.cr0,
                cr2: 0,
                cr3: start.cr3,
                cr4: start.cr4,
                efer: start.efer,
                dr,
                cpl: if start.cr0 & CR0_PE != 0 { Selector::from_bits(start.cs.selector).rpl() } else { 0 },
                star: 0,
                lstar: 0,
                cstar: 0,
                sfmask: 0,
                kernel_gs_base: 0,
                tsc_aux: 0,
                sysenter: [0; 3],
                shadow: Shadow::None,
                shadow_left: 0,
                between_iterations: false,
            },
            nmi: Nmi::default(),
            counter_nmi: false,
            trap: false,
            watched: 0,
            breakpoint_hit: 0,
            smis: 0,
            smm: None,
            halted: false,
            hlt: 0,
            lapic: Lapic::new(id, x2apic),
            pmu: Pmu::default(),
            svm: Svm::new(start.hsave),
            vmx: Vmx::default(),
            delivering: None,
            retired: 0,
            injections: 0,
            noted: Noted::default(),
        }
    }
}
