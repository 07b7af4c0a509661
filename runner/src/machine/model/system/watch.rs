//! What a watched model did, step by step, for timelines and explanations.

use guests::map::VMCB;
use x86::svm::{IntCtl, field};

use super::super::chips::Bus;
use super::super::cpu::{Cpu, Noted};
use crate::terms::Shadow;

/// The most that is recorded of a guest.
const MOST: usize = 400_000;

/// One thing that a watched model did, and the NMI state of the processor after it.
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
    /// The other state of the processor after it.
    pub state: State,
}

/// The state of a processor beside pending and blocked NMIs.
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
    /// The state of a guest hypervisor, if there is one.
    pub nested: Option<Nested>,
}

/// The state of a guest hypervisor on AMD's processors.
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
    /// An exit from L2.
    Exit {
        /// Linear address of the instruction at which it happened.
        address: u64,
        /// EXITCODE, or the basic exit reason.
        code: u64,
    },
    /// An NMI reached the processor, and not by an action of the host program at an exit.
    Raised {
        /// The processor whose step caused it.
        by: u8,
    },
    /// The host program looked or acted.
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
    /// What happened since the last call.
    pub(super) fn take(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// Follows a processor's step into and out of handlers.
    pub(super) fn follow(&mut self, cpu: usize, noted: Noted) {
        let Some(handlers) = self.handlers.get_mut(cpu) else { return };
        if noted.returned {
            handlers.pop();
        }
        handlers.extend(noted.entered.filter(|_| handlers.len() < MOST));
    }

    /// Records something of a processor.
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
        pending: small(cpu.nmi.pending.saturating_add(cpu.queue.queued)),
        blocked: cpu.nmi.blocked,
        depth: u8::try_from(depth).unwrap_or(u8::MAX),
        state: State {
            rip: cpu.regs.linear_rip(),
            rflags: cpu.regs.rflags,
            injected: cpu.queue.injected,
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
