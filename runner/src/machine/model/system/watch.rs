//! What the model did, step by step, for those who watch it: timelines and explanations.

use guests::map::VMCB;
use x86::svm::{IntCtl, field};

use super::super::chips::Bus;
use super::super::cpu::{Cpu, Noted};
use crate::terms::Shadow;

/// How much a watched model notes; a guest that runs on and on is told no further.
const MOST: usize = 400_000;

/// One thing that a watched model did, and what the processor it concerns then holds of NMIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub what: Happened,
    /// The processor.
    pub cpu: u8,
    /// NMIs that were raised and not delivered.
    pub pending: u8,
    /// NMIs are blocked.
    pub blocked: bool,
    /// NMI handlers that were entered and not left by IRET.
    pub depth: u8,
    /// What else there is of that processor then.
    pub state: State,
}

/// What decides, beside pending NMIs and their blocking, about what a processor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// Linear address of the next instruction.
    pub rip: u64,
    /// RFLAGS.
    pub rflags: u64,
    /// The delivery of an NMI is to be completed before anything else.
    pub injected: bool,
    /// The interrupt shadow.
    pub shadow: Shadow,
    /// In SMM.
    pub smm: bool,
    /// Halted.
    pub halted: bool,
    /// What a guest hypervisor adds, where there is one.
    pub nested: Option<Nested>,
}

/// What a processor on which a guest hypervisor runs holds beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nested {
    /// L2 runs.
    pub in_l2: bool,
    /// GIF.
    pub gif: bool,
    /// The virtual interrupts and NMIs: in L2 the processor's own, otherwise those of the VMCB.
    pub int_ctl: IntCtl,
}

/// What a watched model did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It executed an instruction.
    Instruction {
        /// Linear address.
        address: u64,
        /// The vector whose handler this entered: that of an exception, or of INT n.
        entered: Option<u8>,
    },
    /// It took an event.
    Event {
        /// Linear address of the instruction that would have been next.
        address: u64,
        /// Whether it is an NMI.
        nmi: bool,
        /// The vector whose handler was entered: another one where the delivery faulted, none for an SMI.
        entered: Option<u8>,
    },
    /// L2 was left.
    Exit {
        /// Linear address of the instruction at which it was.
        address: u64,
        /// EXITCODE, or the basic exit reason.
        code: u64,
    },
    /// An NMI reached the processor other than by what the host's program does at an exit; `by` is the processor that was at
    /// work.
    Raised {
        /// The processor that was at work.
        by: u8,
    },
    /// The host's program looked or acted.
    Host,
}

/// What a watched model did so far.
#[derive(Debug, Default)]
pub(super) struct Watch {
    happenings: Vec<Happening>,
    /// Each processor's vectors whose handlers were entered and not left by IRET, the innermost last.
    handlers: [Vec<u8>; 2],
}

impl Watch {
    /// What happened since it was last asked.
    pub(super) fn take(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// Follows into and out of handlers what a step of a processor did.
    pub(super) fn follow(&mut self, cpu: usize, noted: Noted) {
        let Some(handlers) = self.handlers.get_mut(cpu) else { return };
        if noted.returned {
            handlers.pop();
        }
        handlers.extend(noted.entered.filter(|_| handlers.len() < MOST));
    }

    /// Notes something of a processor.
    pub(super) fn push(&mut self, cpu: &Cpu, bus: &Bus, what: Happened) {
        if self.happenings.len() < MOST {
            let handlers = self.handlers.get(usize::from(cpu.id)).map_or(&[][..], Vec::as_slice);
            self.happenings.push(happening(cpu, bus, handlers, what));
        }
    }
}

fn happening(cpu: &Cpu, bus: &Bus, handlers: &[u8], what: Happened) -> Happening {
    let depth = handlers.iter().filter(|&&vector| vector == guests::vector::NMI).count();
    let small = |count: u32| u8::try_from(count).unwrap_or(u8::MAX);
    Happening {
        what,
        cpu: cpu.id,
        pending: small(cpu.nmi.pending.saturating_add(cpu.nmi.queued)),
        blocked: cpu.nmi.blocked,
        depth: u8::try_from(depth).unwrap_or(u8::MAX),
        state: State {
            rip: cpu.regs.linear_rip(),
            rflags: cpu.regs.rflags,
            injected: cpu.nmi.injected,
            shadow: cpu.regs.shadow,
            smm: cpu.smm.is_some(),
            halted: cpu.halted,
            nested: cpu.svm.enabled().then(|| Nested {
                in_l2: cpu.svm.guest.is_some(),
                gif: cpu.svm.gif,
                int_ctl: cpu.svm.guest.as_ref().map_or_else(|| vmcb_int_ctl(bus), |guest| guest.int_ctl()),
            }),
        },
    }
}

/// INT_CTL of the VMCB, whose place in memory is the ABI's.
fn vmcb_int_ctl(bus: &Bus) -> IntCtl {
    let field = field::INT_CTL;
    let bits = bus.read(VMCB + u64::from(field.offset), field.bytes.into());
    bits.map_or_else(|_| IntCtl::new(), |bits| IntCtl::from_bits(bits as u32))
}
