use super::super::cpu::{Abort, Cpu};
use super::super::exec::Stepped;
use super::world::World;
use crate::terms::Shadow;

/// How much a watched model notes; a guest that runs on and on is told no further.
const MOST: usize = 400_000;

/// One thing that a watched model did, and what the processor it concerns then holds of NMIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
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
    /// An NMI reached the processor other than by what the host's program does at an exit; `by` is the processor that was at
    /// work.
    Raised {
        /// It.
        by: u8,
    },
    /// The host's program looked or acted.
    Host,
}

/// What is noted of a processor before a step.
pub(super) struct Before {
    address: u64,
    entered: usize,
    in_smm: bool,
    delivered: u64,
    queued: Vec<u32>,
}

impl World {
    /// Before a step; none if nobody watches.
    pub(super) fn before(&self, cpu: usize) -> Option<Before> {
        self.watch.as_ref()?;
        let processor = self.cpus.get(cpu)?;
        Some(Before {
            address: processor.regs.linear_rip(),
            entered: processor.nmi.memory.entered.len(),
            in_smm: processor.smm.is_some(),
            delivered: processor.injections,
            // A step begins by collecting what was queued for its own processor.
            queued: self.cpus.iter().map(|other| if other.id == processor.id { 0 } else { other.nmi.queued }).collect(),
        })
    }

    /// Notes a step.
    pub(super) fn note_step(&mut self, cpu: usize, before: &Before, stepped: &Result<Stepped, Abort>) {
        let Some(processor) = self.cpus.get(cpu) else { return };
        let Before { address, in_smm, delivered, .. } = *before;
        let last = processor.nmi.memory.entered.last().copied();
        let what = match stepped {
            Ok(Stepped::Instruction) => {
                let entered = last.filter(|_| processor.nmi.memory.entered.len() > before.entered);
                Happened::Instruction { address, entered }
            }
            Ok(Stepped::Event) => {
                let entered = last.filter(|_| in_smm || processor.smm.is_none());
                Happened::Event { address, nmi: processor.injections > delivered, entered }
            }
            Ok(Stepped::Halted | Stepped::Breakpoint(_)) | Err(_) => return,
        };
        self.note(cpu, what);
        let raised = self.cpus.iter().zip(&before.queued).map(|(other, &queued)| other.nmi.queued > queued);
        for (other, _) in raised.collect::<Vec<_>>().into_iter().enumerate().filter(|(_, raised)| *raised) {
            self.note(other, Happened::Raised { by: u8::try_from(cpu).unwrap_or(u8::MAX) });
        }
    }

    /// Notes something of a processor, if anybody watches.
    pub(super) fn note(&mut self, cpu: usize, what: Happened) {
        if let (Some(watch), Some(processor)) = (&mut self.watch, self.cpus.get(cpu))
            && watch.len() < MOST
        {
            watch.push(happening(processor, what));
        }
    }

    /// Does what the host's program asks, which is noted as one thing whatever it makes the processors do.
    pub(super) fn by_host<T>(&mut self, act: impl FnOnce(&mut World) -> T) -> T {
        let watch = self.watch.take();
        let done = act(self);
        self.watch = watch;
        self.note(0, Happened::Host);
        done
    }
}

fn happening(cpu: &Cpu, what: Happened) -> Happening {
    let depth = cpu.nmi.memory.entered.iter().filter(|&&vector| vector == guests::vector::NMI).count();
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
        },
    }
}
