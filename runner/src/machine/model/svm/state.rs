//! What a processor remembers of SVM: GIF, and of an L2 that runs its controls.

use guests::{Segment, Table};
use spec::vnmi::VirtualNmi;
use x86::register::{RAX, RSP};
use x86::svm::{Event as Injected, IntCtl, Intercept};

use super::super::cpu::Regs;

/// What a processor has for its guests.
#[derive(Clone, Debug)]
pub(crate) struct Svm {
    /// GIF.
    pub gif: bool,
    /// VM_HSAVE_PA: kept, never used.
    pub hsave: u64,
    /// L2, while it runs.
    pub guest: Option<Box<Guest>>,
    /// The NMI that blocks others was L2's own.
    pub guest_blocks: bool,
    /// Whether an intercepted NMI exits while NMIs are blocked, once that was decided: a processor does not change its mind.
    pub blocked_nmi_exits: Option<bool>,
}

impl Svm {
    /// No guest, and GIF set.
    pub(crate) fn new(hsave: u64) -> Self {
        Self { gif: true, hsave, guest: None, guest_blocks: false, blocked_nmi_exits: None }
    }

    /// Whether a guest hypervisor runs here, which names the page for its state first.
    pub(crate) fn enabled(&self) -> bool {
        self.hsave != 0
    }

    /// Whether L2 runs and L1 intercepts this.
    pub(crate) fn intercepts(&self, what: Intercept) -> bool {
        self.guest.as_ref().is_some_and(|guest| guest.intercepts(what))
    }
}

/// L1's state that #VMEXIT gives back.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub rax: u64,
    pub rsp: u64,
    pub rip: u64,
    pub rflags: u64,
    pub cr0: u64,
    pub cr3: u64,
    pub cr4: u64,
    pub efer: u64,
    pub gdtr: Table,
    pub idtr: Table,
    /// ES, CS, SS, DS.
    pub segments: [Segment; 4],
    /// VMRUN was single-stepped: its trap is taken behind the exit.
    pub trap: bool,
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
    pub host: Host,
    /// Intercepted exceptions, a bit for each vector.
    pub exceptions: u32,
    /// The words of [`Intercept`]s.
    pub intercepts: [u32; 3],
    pub control: IntCtl,
    /// V_INTR_VECTOR.
    pub vector: u8,
    pub nmi: VirtualNmi,
    /// EVENTINJ, until it is delivered.
    pub injected: Option<Injected>,
    /// The injected or virtual event that is being delivered.
    pub origin: Option<Origin>,
    /// No instruction of it has begun.
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
        if !self.control.v_nmi_enable() {
            return self.control;
        }
        self.control.with_v_nmi(self.nmi.pending).with_v_nmi_mask(self.nmi.masked)
    }

    /// Whether L1 intercepts this exception.
    pub(crate) fn intercepts_exception(&self, vector: u8) -> bool {
        self.exceptions.checked_shr(vector.into()).unwrap_or(0) & 1 != 0
    }

    /// Whether a virtual interrupt is pending that V_TPR lets through.
    pub(crate) fn interrupt_waits(&self) -> bool {
        let control = self.control;
        let above = control.v_intr_prio() > control.v_tpr();
        control.v_irq() && (control.v_ign_tpr() || above)
    }
}

impl Host {
    /// L1 as VMRUN saves it; `rip` is behind the VMRUN.
    pub(super) fn of(regs: &Regs, trap: bool) -> Self {
        let [es, cs, ss, ds, ..] = regs.segments;
        Self {
            rax: regs.general[RAX],
            rsp: regs.general[RSP],
            rip: regs.rip,
            rflags: regs.rflags & !x86::flags::RF,
            cr0: regs.cr0,
            cr3: regs.cr3,
            cr4: regs.cr4,
            efer: regs.efer,
            gdtr: regs.gdtr,
            idtr: regs.idtr,
            segments: [es, cs, ss, ds],
            trap,
        }
    }
}
