//! Runs the processors of the modelled machine in turn until an exit to the host.

use guests::map::port;
use spec::kvm::Refusal;
use x86::flags::IF;

use super::super::chips::Output;
use super::super::cpu::Abort;
use super::super::exec::Stepped;
use super::host::raise_on;
use super::watch::Happened;
use super::world::World;
use crate::machine::{Exit, ExitKind, NoEntry, Trouble};
use crate::terms::Path;

/// Steps without an exit after which the guest hangs.
const BUDGET: u32 = 200_000;
/// Steps of the second processor while the first one is halted, after which the first one stays halted.
const PATIENCE: u32 = 20_000;
/// Steps one processor makes before it is the other's turn.
const TURN: u32 = 3;

/// How a processor's turn ended.
enum Turn {
    /// It is the other one's turn.
    Over,
    /// The processor is halted (or parked, or done) and did nothing.
    Idle,
    /// An exit for the host's program.
    Exit(Exit),
}

impl World {
    /// Runs until the next exit to the host program.
    pub(super) fn run(&mut self) -> Result<Exit, Trouble> {
        self.check_entry()?;
        for cpu in &mut self.cpus {
            let enabled = cpu.regs.flag(IF);
            cpu.nmi.blocked &= !cpu.rules.exit_unblocks(enabled);
        }
        let mut steps = 0;
        let mut alone = 0;
        loop {
            let first = match self.turn(0)? {
                Turn::Exit(exit) => return Ok(self.exits(exit)),
                turn => turn,
            };
            let second = match self.turn(1)? {
                Turn::Exit(exit) => return Ok(self.exits(exit)),
                turn => turn,
            };
            let done = self.roles.first().is_some_and(|role| role.done);
            match (first, second) {
                (Turn::Idle, Turn::Idle) => {
                    if self.fire_armed()? {
                        continue;
                    }
                    let kind = if done && self.others_done() { ExitKind::Done } else { ExitKind::Halted };
                    let cpu = u8::from(done && kind == ExitKind::Halted);
                    return Ok(self.exits(Exit { cpu, kind }));
                }
                (Turn::Idle, _) if !done => {
                    alone += TURN;
                    if self.fire_armed()? {
                        alone = 0;
                    } else if alone > PATIENCE {
                        return Ok(self.exits(Exit { cpu: 0, kind: ExitKind::Halted }));
                    }
                }
                _ => alone = 0,
            }
            steps += TURN;
            if steps > BUDGET {
                return Ok(self.exits(Exit { cpu: u8::from(done), kind: ExitKind::Hang }));
            }
        }
    }

    /// Errors: the host wrote events with which VM entry fails; KVM_RUN would end with KVM_EXIT_FAIL_ENTRY.
    fn check_entry(&self) -> Result<(), Trouble> {
        let Some(cpu) = self.cpus.first() else { return Ok(()) };
        let (blocked, injected, enabled) = (cpu.nmi.blocked, cpu.queue.injected, cpu.regs.flag(IF));
        let refusal = cpu.rules.refused_entry(cpu.vendor, blocked, injected, cpu.regs.shadow, enabled);
        let with = match refusal {
            None => return Ok(()),
            Some(Refusal::StiShadowWithoutInterrupts) => NoEntry::StiShadowWithoutInterrupts,
            Some(Refusal::InjectedWhileBlocked) => NoEntry::InjectedWhileBlocked,
            Some(Refusal::InjectedInShadow) => NoEntry::InjectedInShadow,
        };
        Err(Trouble::EntryRefused { with })
    }

    fn exits(&mut self, exit: Exit) -> Exit {
        self.exits += 1;
        exit
    }

    fn others_done(&self) -> bool {
        self.roles.iter().skip(1).all(|role| role.done || role.parked)
    }

    /// A few steps of one processor.
    fn turn(&mut self, cpu: usize) -> Result<Turn, Trouble> {
        for _ in 0..TURN {
            if self.roles.get(cpu).is_none_or(|role| role.done || role.parked) {
                return Ok(Turn::Idle);
            }
            let number = u8::try_from(cpu).unwrap_or(u8::MAX);
            match self.step(cpu) {
                Ok(Stepped::Halted) => return Ok(Turn::Idle),
                Ok(Stepped::Breakpoint(address)) => {
                    return Ok(Turn::Exit(Exit { cpu: number, kind: ExitKind::Breakpoint(address) }));
                }
                Ok(Stepped::Event | Stepped::Instruction) => {}
                Err(Abort::Trouble(trouble)) => return Err(trouble),
                Err(Abort::Shutdown | Abort::Fault(_) | Abort::Exit(_) | Abort::VmExit(_)) => {
                    return Ok(Turn::Exit(Exit { cpu: number, kind: ExitKind::Shutdown }));
                }
            }
            if let Some(output) = self.bus.output.take()
                && let Some(kind) = self.output(cpu, output)
            {
                return Ok(Turn::Exit(Exit { cpu: number, kind }));
            }
        }
        Ok(Turn::Over)
    }

    /// A byte written to a port of the ABI: an exit, or something that the machine does itself.
    fn output(&mut self, cpu: usize, output: Output) -> Option<ExitKind> {
        let role = self.roles.get_mut(cpu)?;
        let port = u8::try_from(output.port).ok()?;
        if cpu == 0 {
            return match port {
                port::SNAP => Some(ExitKind::Snap),
                port::RAISE => Some(ExitKind::Raise(output.value)),
                port::ARM => Some(ExitKind::Arm),
                port::IRQ => Some(ExitKind::Irq),
                port::FAULT => Some(ExitKind::Fault),
                port::DONE => {
                    role.done = true;
                    self.others_done().then_some(ExitKind::Done)
                }
                _ => None,
            };
        }
        // This machine does itself what the second processor asks of the host.
        match port {
            port::SEND => role.parked = true,
            port::ARM => role.armed = true,
            port::FAULT => return Some(ExitKind::Fault),
            port::DONE => {
                role.done = true;
                let all = self.roles.iter().all(|role| role.done);
                return all.then_some(ExitKind::Done);
            }
            port::RAISE => {
                let path = self.path;
                let path = if path == Path::Ipi { Path::Ioctl } else { path };
                raise_on(&mut self.choices, self.cpus.get_mut(cpu)?, path, output.value.into());
            }
            _ => {}
        }
        None
    }

    /// Raises the NMIs that were armed for processors that are now halted.
    fn fire_armed(&mut self) -> Result<bool, Trouble> {
        let mut fired = false;
        for cpu in 0..self.cpus.len() {
            let halted = self.cpus.get(cpu).is_some_and(|processor| processor.halted);
            let Some(role) = self.roles.get_mut(cpu) else { continue };
            if halted && std::mem::take(&mut role.armed) {
                fired = true;
                let watch = self.watch.take();
                if cpu == 0 {
                    self.raise(1)?;
                } else if let Some(processor) = self.cpus.get_mut(cpu) {
                    raise_on(&mut self.choices, processor, Path::Ioctl, 1);
                }
                self.cpus.iter_mut().for_each(|cpu| cpu.noted.arrived = false);
                self.watch = watch;
                self.note(cpu, Happened::Raised { by: u8::try_from(cpu).unwrap_or(u8::MAX) });
            }
        }
        Ok(fired)
    }
}
