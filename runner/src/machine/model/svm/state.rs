//! The SVM state of a processor: GIF, and the controls of L2 while it runs.

use spec::vnmi::VirtualNmi;
use x86::svm::{Event as Injected, IntCtl, Intercept};

use super::super::cpu::Regs;

/// The SVM state of a processor.
#[derive(Clone, Debug)]
pub(crate) struct Svm {
    /// GIF.
    pub gif: bool,
    /// VM_HSAVE_PA: kept, never used.
    pub hsave: u64,
    /// L2, while it runs.
    pub guest: Option<Box<Guest>>,
    /// NMIs are blocked by an NMI that L2 took.
    pub guest_blocks: bool,
    /// Whether an intercepted NMI exits while NMIs are blocked, once that was chosen: it stays the same for a processor.
    pub blocked_nmi_exits: Option<bool>,
    /// How many NMIs are held while GIF is 0, once that was chosen.
    pub held_while_gif_is_clear: Option<u32>,
}

impl Svm {
    /// No guest, and GIF set.
    pub(crate) fn new(hsave: u64) -> Self {
        Self {
            gif: true,
            hsave,
            guest: None,
            guest_blocks: false,
            blocked_nmi_exits: None,
            held_while_gif_is_clear: None,
        }
    }

    /// Whether a guest hypervisor runs here: it sets VM_HSAVE_PA first.
    pub(crate) fn enabled(&self) -> bool {
        self.hsave != 0
    }

    /// Whether L2 runs and L1 intercepts this.
    pub(crate) fn intercepts(&self, what: Intercept) -> bool {
        self.guest.as_ref().is_some_and(|guest| guest.intercepts(what))
    }
}

/// How an NMI of L2 that is being delivered came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// EVENTINJ.
    Injected,
    /// V_NMI.
    Virtual,
}

/// L2.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// The VMCB's physical address.
    pub vmcb: u64,
    /// L1's registers at VMRUN, with RIP behind it: #VMEXIT gives some of them back.
    pub host: Regs,
    /// Intercepted exceptions, a bit for each vector.
    pub exceptions: u32,
    /// The words of [`Intercept`]s.
    pub intercepts: [u32; 3],
    pub control: IntCtl,
    /// V_INTR_VECTOR.
    pub vector: u8,
    /// It has virtual NMIs.
    pub virtual_nmis: bool,
    pub nmi: VirtualNmi,
    /// EVENTINJ, until it is delivered.
    pub injected: Option<Injected>,
    /// The injected or virtual event that is being delivered.
    pub origin: Option<Origin>,
    /// No instruction of L2 has begun since VMRUN.
    pub fresh: bool,
}

impl Guest {
    /// Whether L1 intercepts this.
    pub(crate) fn intercepts(&self, what: Intercept) -> bool {
        let word = (what.offset() - x86::svm::field::INTERCEPTS.offset) / 4;
        self.intercepts.get(usize::from(word)).is_some_and(|word| word & what.bit() != 0)
    }

    /// The virtual interrupts and NMIs as the processor has them.
    pub(crate) fn int_ctl(&self) -> IntCtl {
        if !self.virtual_nmis {
            return self.control;
        }
        self.control.with_v_nmi(self.nmi.pending).with_v_nmi_mask(self.nmi.masked)
    }

    /// Whether L1 intercepts this exception.
    pub(crate) fn intercepts_exception(&self, vector: u8) -> bool {
        x86::vector::in_bitmap(self.exceptions, vector)
    }
}
