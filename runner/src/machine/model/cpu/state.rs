//! The state of a processor: registers, and what it keeps from one instruction boundary to the next.

use guests::StartState;
use spec::kvm::Queue;
use spec::{Nmi, Rules, Vendor};
use x86::control::CR0_PE;
use x86::debug::{DR6_RESET, DR7_RESET};
use x86::flags::FIXED;
use x86::register::RSP;
use x86::segment::Selector;

use super::super::chips::{Lapic, Pmu};
use super::super::svm::{Guest, Svm};
use super::super::vmx::Vmx;
use super::{Event, Regs};

/// What RSM restores.
#[derive(Clone, Debug)]
pub(crate) struct SmmSave {
    pub regs: Regs,
    pub halted: bool,
    pub trap: bool,
    pub watched: u64,
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
    /// The rules that it follows: the manual's, or those of a mutant.
    pub rules: Box<dyn Rules>,
    pub regs: Regs,
    pub nmi: Nmi,
    /// What KVM around it remembers.
    pub queue: Queue,
    /// One of the pending NMIs is from a counter that overflowed in L2.
    pub counter_nmi: bool,
    /// A debug trap of the previous instruction is due.
    pub trap: bool,
    /// What that trap will report in DR6.
    pub watched: u64,
    /// What an instruction breakpoint's fault will report in DR6.
    pub breakpoint_hit: u64,
    /// Pending SMIs.
    pub smis: u32,
    /// How many SMIs are latched in SMM, once that was chosen.
    pub latched_smis: Option<u32>,
    pub smm: Option<Box<SmmSave>>,
    pub halted: bool,
    /// RIP of the last HLT.
    pub hlt: u64,
    pub lapic: Lapic,
    pub pmu: Pmu,
    pub svm: Svm,
    pub vmx: Vmx,
    /// The event that is being delivered.
    pub delivering: Option<Event>,
    /// Instructions retired, for RDTSC.
    pub retired: u64,
    /// NMIs delivered.
    pub injections: u64,
    /// What happened since a watcher last asked.
    pub noted: Noted,
}

/// What a step of a processor did, for a watched machine.
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
    /// An exit from L2 happened, with this EXITCODE or basic exit reason.
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
                cr3: start.cr3,
                cr4: start.cr4,
                efer: start.efer,
                dr,
                cpl: if start.cr0 & CR0_PE != 0 { Selector::from_bits(start.cs.selector).rpl() } else { 0 },
                ..Regs::default()
            },
            nmi: Nmi::default(),
            queue: Queue::default(),
            counter_nmi: false,
            trap: false,
            watched: 0,
            breakpoint_hit: 0,
            smis: 0,
            latched_smis: None,
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
