use x86::flags::IF;

use super::super::cpu::{Abort, Core, Event, Run, Source};
use super::super::rules::{Boundary, Taken};

/// What one step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepped {
    /// An event was delivered; no instruction executed.
    Event,
    /// One instruction (or one iteration of a repeated one) executed, or raised an exception that was delivered.
    Instruction,
    /// The processor is halted and nothing ends that.
    Halted,
    /// A breakpoint stands before the next instruction.
    Breakpoint(u64),
}

impl Core<'_> {
    /// One instruction boundary and what follows it: an event, or an instruction.
    pub(crate) fn step(&mut self, breakpoints: &[u64], passed: Option<u64>) -> Run<Stepped> {
        self.rules.collect(&mut self.cpu.nmi);
        let at = self.boundary();
        if self.rules.trap_is_lost(&self.cpu.nmi, &at) {
            self.cpu.trap = false;
        }
        let at = Boundary { trap: self.cpu.trap, ..at };
        let taken = self.rules.next(&self.cpu.nmi, &at);
        if self.cpu.halted {
            if !self.rules.ends_halt(taken, &self.cpu.nmi, &at) {
                return Ok(Stepped::Halted);
            }
            // An SMI finds the halt and saves it; RSM leads back there.
            self.cpu.halted = taken == Some(Taken::Smi);
        }
        if !matches!(taken, Some(Taken::Nmi | Taken::InjectedNmi)) {
            self.rules.nmi_waits(&mut self.cpu.nmi, at.shadow);
        }
        if let Some(taken) = taken {
            self.take(taken)?;
            return Ok(Stepped::Event);
        }
        let rip = self.cpu.regs.linear_rip();
        if passed != Some(rip) && breakpoints.contains(&rip) && !self.ignores_instruction_breakpoints() {
            return Ok(Stepped::Breakpoint(rip));
        }
        self.instruction()?;
        Ok(Stepped::Instruction)
    }

    fn boundary(&mut self) -> Boundary {
        let cpu = &*self.cpu;
        let at_iret = self.rules.looks_ahead() && cpu.nmi.blocked && cpu.nmi.pending > 0 && self.next_is_iret();
        Boundary {
            trap: self.cpu.trap,
            smi: self.cpu.smi,
            smm: self.cpu.smm.is_some(),
            irq: self.cpu.lapic.ready(),
            interrupts_enabled: self.cpu.regs.flag(IF),
            shadow: self.cpu.regs.shadow,
            halted: self.cpu.halted,
            at_iret,
            held_by_apic: self.rules.priority_holds_nmis() && self.cpu.lapic.tpr >= 0xf0,
        }
    }

    fn take(&mut self, taken: Taken) -> Run<()> {
        match taken {
            Taken::Trap => {
                self.cpu.trap = false;
                self.cpu.regs.dr[6] |= std::mem::take(&mut self.cpu.watched);
                self.deliver(Event::new(1, Source::Trap))
            }
            Taken::Smi => {
                self.cpu.smi = false;
                self.enter_smm();
                Ok(())
            }
            Taken::InjectedNmi => {
                self.cpu.nmi.injected = false;
                self.cpu.injections += 1;
                self.deliver_nmi(true)
            }
            Taken::Nmi => {
                self.cpu.nmi.pending = self.cpu.nmi.pending.saturating_sub(1);
                self.cpu.injections += 1;
                self.deliver_nmi(false)
            }
            Taken::Irq(vector) => {
                self.cpu.lapic.take(vector);
                self.deliver(Event::new(vector, Source::External))
            }
        }
    }

    /// Executes one instruction; if it faults, nothing of it remains and its exception is delivered.
    fn instruction(&mut self) -> Run<()> {
        let before = self.cpu.regs;
        let checked = self.check_instruction_breakpoint();
        let executed = checked.and_then(|()| self.fetch()).and_then(|instruction| self.execute(&instruction));
        match executed {
            Ok(done) => {
                self.retire(&before, done);
                Ok(())
            }
            Err(Abort::Fault(fault)) => {
                self.cpu.regs = before;
                self.bus.output = None;
                self.cpu.watched = 0;
                self.cpu.regs.dr[6] |= std::mem::take(&mut self.cpu.breakpoint_hit);
                self.raise(fault)
            }
            Err(abort) => Err(abort),
        }
    }
}
