//! Runs a guest until an exit to the host program.

use std::time::Duration;

use guests::map::port;

use super::super::nmi_source::NmiSource;
use super::super::second_vcpu::Job;
use super::super::syscalls;
use super::super::vcpu::is_breakpoint;
use super::super::vm::{lock, starved, unexpected_exit};
use super::super::watch::{Decision, Run, Waker};
use super::state::{KvmSession, SecondTask};
use crate::machine::{Exit, ExitKind, Returned, Trouble};

/// The interval at which the second processor's end is checked.
const LOOK: Duration = Duration::from_millis(1);

impl KvmSession<'_> {
    pub(super) fn run_to_exit(&mut self) -> Result<Exit, Trouble> {
        self.start_second()?;
        // An interruption that came between two runs must not end this one.
        syscalls::take_interruption();
        let mut run = self.begin();
        loop {
            let exit = match self.vm().first.run()? {
                Returned::Out { port, value } => {
                    drop(run);
                    return self.port(port, value);
                }
                Returned::Debug { rip, dr6 } => self.debug_exit(rip, dr6)?,
                Returned::Signal => self.interrupted(&mut run)?,
                Returned::Halt => Some(first(ExitKind::Halted)),
                Returned::Shutdown => Some(first(ExitKind::Shutdown)),
                other => return Err(self.unexpected(&other)),
            };
            if let Some(exit) = exit {
                return Ok(exit);
            }
        }
    }

    /// Begins a run, in which the processor is watched and not disturbed.
    fn begin(&mut self) -> Run {
        let waker = match self.second_task {
            _ if self.raise_on_halt => Some(Waker::OwnThread),
            // The second thread sets it when it has raised the NMI.
            SecondTask::RaiseOnHalt => None,
            SecondTask::Nothing | SecondTask::RunPeer => Some(Waker::Nobody),
        };
        let watched = self.parts.watch.first();
        if let Some(waker) = waker {
            watched.set_waker(waker);
        }
        watched.begin(self.parts.pooled.vm.first.sleep_flag())
    }

    /// Starts the second thread's job, if it has one and is not busy with it.
    fn start_second(&mut self) -> Result<(), Trouble> {
        if self.second_task == SecondTask::Nothing || self.parts.second.is_busy() {
            return Ok(());
        }
        if self.second_task == SecondTask::RunPeer {
            return self.start_job(Job::RunPeer(self.source));
        }
        if matches!(self.source, NmiSource::Sender) && !self.sender_ready {
            // To its first exit, from where one round of its loop sends one interrupt.
            self.send(0)?;
        }
        self.parts.watch.first().set_waker(Waker::OtherThread);
        self.start_job(Job::RaiseOnHalt(self.source))
    }

    fn port(&mut self, port: u16, value: u8) -> Result<Exit, Trouble> {
        let kind = match u8::try_from(port) {
            Ok(port::SNAP) => ExitKind::Snap,
            Ok(port::RAISE) => ExitKind::Raise(value),
            Ok(port::DONE) => return self.wait_for_peer(),
            Ok(port::FAULT) => ExitKind::Fault,
            Ok(port::ARM) => ExitKind::Arm,
            Ok(port::IRQ) => ExitKind::Irq,
            _ => return Err(self.unexpected(&Returned::Out { port, value })),
        };
        Ok(first(kind))
    }

    /// A breakpoint of the host, or else the guest's own #DB, which is injected into the guest.
    fn debug_exit(&mut self, rip: u64, dr6: u64) -> Result<Option<Exit>, Trouble> {
        if is_breakpoint(dr6) {
            return Ok(Some(first(ExitKind::Breakpoint(rip))));
        }
        self.vm().first.hand_back_debug_exception(dr6)?;
        Ok(None)
    }

    /// The thread was interrupted: the second processor ended badly, or the run is decided.
    fn interrupted(&mut self, run: &mut Run) -> Result<Option<Exit>, Trouble> {
        syscalls::take_interruption();
        if let Some(exit) = self.second_ended(Duration::ZERO)? {
            return Ok(Some(exit));
        }
        match run.decision() {
            None => Ok(None),
            Some(Decision::Spent) => Ok(Some(first(ExitKind::Hang))),
            Some(Decision::Starved { given, took }) => Err(starved(0, given, took)),
            Some(Decision::Asleep) if std::mem::take(&mut self.raise_on_halt) => {
                self.raise_now(1)?;
                *run = self.begin();
                Ok(None)
            }
            // If only the signal woke the processor, an event was due that KVM should have woken it for.
            Some(Decision::Asleep) => {
                let halted = self.vm().first.is_halted()?;
                Ok(Some(first(if halted { ExitKind::Halted } else { ExitKind::WakeLost })))
            }
        }
    }

    /// The first processor is done; waits for the second one if it is the case's own.
    fn wait_for_peer(&mut self) -> Result<Exit, Trouble> {
        while self.second_task == SecondTask::RunPeer {
            if let Some(exit) = self.second_ended(LOOK)? {
                return Ok(exit);
            }
            // The watching thread's last look may be out of date: check that it sleeps at this moment.
            let second = self.parts.watch.second();
            if second.is_asleep() && second.sleeps_now() && self.second_task == SecondTask::RunPeer {
                self.pause()?;
                if self.second_task != SecondTask::RunPeer {
                    continue;
                }
                let halted = self.vm().second.as_ref().map(|second| lock(second).is_halted()).transpose()?;
                let kind = if halted == Some(false) { ExitKind::WakeLost } else { ExitKind::Halted };
                return Ok(Exit { cpu: 1, kind });
            }
        }
        Ok(first(ExitKind::Done))
    }

    fn unexpected(&mut self, returned: &Returned) -> Trouble {
        let vm = self.vm();
        unexpected_exit(&vm.first, &vm.platform.memory, 0, returned)
    }
}

fn first(kind: ExitKind) -> Exit {
    Exit { cpu: 0, kind }
}
