//! One step of a processor: an instruction boundary, then one event or one instruction.

use x86::vector::DB;

use super::super::cpu::{Abort, Core, Event, Run, Source, Taken};
use super::retire::Done;

/// What one step was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepped {
    /// An event was delivered; no instruction executed.
    Event,
    /// One instruction (or one iteration of a repeated one) executed, or raised an exception that was delivered.
    Instruction,
    /// The processor is halted, and no event ends that.
    Halted,
    /// The next instruction has a breakpoint of the host.
    Breakpoint(u64),
}

impl Core<'_> {
    /// One instruction boundary and what follows it: an event, or an instruction.
    pub(crate) fn step(&mut self, breakpoints: &[u64], passed: Option<u64>) -> Run<Stepped> {
        match self.event_or_instruction(breakpoints, passed) {
            Err(abort) => self.exit_or(abort).map(|()| Stepped::Event),
            stepped => stepped,
        }
    }

    fn event_or_instruction(&mut self, breakpoints: &[u64], passed: Option<u64>) -> Run<Stepped> {
        self.cpu.collect(self.choices);
        let taken = self.next_event();
        let cpu = &mut *self.cpu;
        if cpu.halted {
            if !cpu.rules.halt_ends(taken.is_some(), cpu.nmi.pending > 0) {
                return Ok(Stepped::Halted);
            }
            // An SMI saves the halt, and RSM returns to it.
            cpu.halted = taken == Some(Taken::Smi);
            if taken.is_some() && !cpu.halted {
                cpu.regs.rip = cpu.rules.rip_saved_in_halt(cpu.hlt, cpu.regs.rip);
            }
        }
        let nmi_is_held_by_blocking = cpu.nmi.blocked && cpu.nmi.pending > 0;
        let taken = taken.or_else(|| {
            let interrupts_iret =
                nmi_is_held_by_blocking && !self.cpu.rules.iret_completes_first() && self.next_is_iret();
            interrupts_iret.then_some(Taken::Nmi)
        });
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

    fn take(&mut self, taken: Taken) -> Run<()> {
        match taken {
            Taken::Trap => {
                self.cpu.trap = false;
                let hit = std::mem::take(&mut self.cpu.watched);
                self.intercept_debug(hit)?;
                self.cpu.regs.dr[6] |= hit;
                self.deliver(Event::new(DB, Source::Trap))
            }
            Taken::Smi => {
                self.cpu.smis = self.cpu.smis.saturating_sub(1);
                self.enter_smm();
                Ok(())
            }
            Taken::InjectedNmi => {
                self.cpu.queue.injected = false;
                self.deliver_nmi(true)
            }
            Taken::Nmi => {
                self.cpu.nmi.pending = self.cpu.nmi.pending.saturating_sub(1);
                self.cpu.counter_nmi = false;
                self.deliver_nmi(false)
            }
            Taken::Interrupt(vector) => {
                self.cpu.lapic.take(vector);
                self.deliver(Event::new(vector, Source::External))
            }
            Taken::Injection => self.inject(),
            Taken::VirtualNmi => self.take_virtual_nmi(),
            Taken::VirtualInterrupt(vector) => self.take_virtual_interrupt(vector),
            Taken::Exit(leave) => self.take_exit(leave),
            Taken::VmExit(exit) => self.take_vm_exit(exit),
        }
    }

    /// Executes one instruction; if it faults, its effects are undone and the exception is delivered.
    fn instruction(&mut self) -> Run<()> {
        let before = self.cpu.regs;
        self.begin_instruction();
        match self.check_and_execute() {
            Ok(done) => {
                self.retire(&before, done);
                Ok(())
            }
            Err(Abort::Fault(fault)) => {
                self.cpu.regs = before;
                self.bus.output = None;
                self.cpu.watched = 0;
                let hit = std::mem::take(&mut self.cpu.breakpoint_hit);
                if hit != 0 {
                    self.intercept_debug(hit)?;
                }
                self.cpu.regs.dr[6] |= hit;
                self.raise(fault)
            }
            Err(abort @ (Abort::Exit(_) | Abort::VmExit(_))) => {
                self.cpu.regs = before;
                self.cpu.halted = false;
                self.bus.output = None;
                Err(abort)
            }
            Err(abort) => Err(abort),
        }
    }

    fn check_and_execute(&mut self) -> Run<Done> {
        self.check_instruction_breakpoint()?;
        let instruction = self.fetch()?;
        self.execute(&instruction)
    }

    fn begin_instruction(&mut self) {
        let cpu = &mut *self.cpu;
        cpu.delivering = None;
        if let Some(guest) = &mut cpu.svm.guest {
            guest.fresh = false;
        }
        if let Some(guest) = &mut cpu.vmx.guest {
            guest.iret = None;
        }
    }
}
