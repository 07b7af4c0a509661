use std::sync::atomic::Ordering;
use std::time::Duration;

use super::aide::{Finished, Order};
use super::debug;
use super::machine::KvmMachine;
use super::stats::Stats;
use super::sys::{self, Stopped};
use super::trial::Todo;
use super::unit::lock;
use super::watch::{Decision, Run, Waker, starved_after};
use super::words;
use crate::machine::{Exit, ExitKind, Trouble};
use crate::terms::Path;
use guests::map::port;

/// How often the end of the second processor is looked for.
const LOOK: Duration = Duration::from_millis(1);

impl KvmMachine {
    pub(super) fn run_loaded(&mut self) -> Result<Exit, Trouble> {
        self.send_aide()?;
        // What rang between two runs must not cause an exit in this one.
        sys::take_bell();
        let mut run = self.begin()?;
        loop {
            let exit = match self.unit()?.first.run()? {
                Stopped::Out(port, value) => {
                    drop(run);
                    return self.port(port, value);
                }
                Stopped::Debug { rip, dr6 } => self.debug(rip, dr6)?,
                Stopped::Signal => self.interrupted(&mut run)?,
                Stopped::Halt => Some(first(ExitKind::Halted)),
                Stopped::Shutdown => Some(first(ExitKind::Shutdown)),
                other => {
                    let unit = self.unit()?;
                    return Err(words::unexpected(&unit.first, &unit.vm, 0, &other));
                }
            };
            if let Some(exit) = exit {
                return Ok(exit);
            }
        }
    }

    /// From here to the end of the run the processor is watched, and left alone.
    fn begin(&mut self) -> Result<Run, Trouble> {
        let trial = self.trial()?;
        let waker = match trial.todo {
            _ if trial.kick => Some(Waker::OwnThread),
            // The second thread says when it has done so.
            Todo::Alarm => None,
            Todo::Nothing | Todo::Free => Some(Waker::Nobody),
        };
        if let Some(waker) = waker {
            self.watch.first().set_waker(waker);
        }
        let sleep = self.unit()?.first.stats.as_ref().and_then(Stats::sleep_watch);
        Ok(self.watch.first().begin(sleep))
    }

    /// Gives the second thread what it is to do, if it is not at it already.
    fn send_aide(&mut self) -> Result<(), Trouble> {
        let trial = self.trial()?;
        let (todo, path, ready) = (trial.todo, trial.path, trial.sender_ready);
        if todo == Todo::Nothing || self.aide()?.is_busy() {
            return Ok(());
        }
        if todo == Todo::Free {
            return self.order(Order::Free(path));
        }
        if path == Path::Ipi && !ready {
            // To its first exit, so that one more round is one interrupt.
            self.send(0)?;
        }
        self.watch.first().set_waker(Waker::OtherThread);
        self.order(Order::Alarm(path))
    }

    fn port(&mut self, port: u16, value: u8) -> Result<Exit, Trouble> {
        let kind = match u8::try_from(port) {
            Ok(port::SNAP) => ExitKind::Snap,
            Ok(port::RAISE) => ExitKind::Raise(value),
            Ok(port::DONE) => return self.wait_for_peer(),
            Ok(port::FAULT) => ExitKind::Fault,
            Ok(port::ARM) => ExitKind::Arm,
            Ok(port::IRQ) => ExitKind::Irq,
            _ => {
                let unit = self.unit()?;
                return Err(words::unexpected(&unit.first, &unit.vm, 0, &Stopped::Out(port, value)));
            }
        };
        Ok(first(kind))
    }

    /// A breakpoint of ours, or else the guest's own #DB, which is handed back to it.
    fn debug(&mut self, rip: u64, dr6: u64) -> Result<Option<Exit>, Trouble> {
        if debug::is_breakpoint(dr6) {
            return Ok(Some(first(ExitKind::Breakpoint(rip))));
        }
        self.unit()?.first.hand_back_debug_exception(dr6)?;
        Ok(None)
    }

    /// The thread was interrupted: the second processor ended badly, or the run is decided.
    fn interrupted(&mut self, run: &mut Run) -> Result<Option<Exit>, Trouble> {
        sys::take_bell();
        if let Some(exit) = self.peer_exit(Duration::ZERO)? {
            return Ok(Some(exit));
        }
        match run.decision() {
            None => Ok(None),
            Some(Decision::Spent) => Ok(Some(first(ExitKind::Hang))),
            Some(Decision::Starved { given, took }) => Err(words::starved(0, given, took)),
            Some(Decision::Asleep) if std::mem::take(&mut self.trial()?.kick) => {
                self.raise_now(1)?;
                *run = self.begin()?;
                Ok(None)
            }
            // A processor that only the signal woke should have been woken before, by what KVM then found due.
            Some(Decision::Asleep) => {
                let halted = self.unit()?.first.is_halted()?;
                Ok(Some(first(if halted { ExitKind::Halted } else { ExitKind::WakeLost })))
            }
        }
    }

    /// An alarm that rang already is over, even if the second thread has not said so yet.
    pub(super) fn finish_alarm(&mut self) -> Result<(), Trouble> {
        if self.trial()?.todo == Todo::Alarm
            && self.aide()?.is_busy()
            && self.aide()?.shared.fired.load(Ordering::SeqCst)
        {
            self.peer_exit(starved_after(self.timing()))?;
            if self.aide()?.is_busy() {
                let likely = "the second thread was not given a processor; let less run beside";
                return Err(Trouble::new("raising an NMI to a halted processor", likely));
            }
        }
        Ok(())
    }

    /// Takes note of an order that ended; an exit, if the second processor cannot go on.
    fn peer_exit(&mut self, time: Duration) -> Result<Option<Exit>, Trouble> {
        let Some(reply) = self.aide.as_mut().and_then(|aide| aide.wait(time)) else {
            return Ok(None);
        };
        match reply? {
            Finished::Done => {
                self.trial()?.todo = Todo::Nothing;
                Ok(None)
            }
            Finished::Stopped => Ok(None),
            Finished::Exit(kind) => {
                self.trial()?.todo = Todo::Nothing;
                Ok(Some(Exit { cpu: 1, kind }))
            }
        }
    }

    /// The first processor is done: so must be the second one, if it is the case's own.
    fn wait_for_peer(&mut self) -> Result<Exit, Trouble> {
        while self.trial()?.todo == Todo::Free {
            if let Some(exit) = self.peer_exit(LOOK)? {
                return Ok(exit);
            }
            // What the watching thread saw may be over: only who sleeps at this moment can have lost its wake-up.
            let asleep = self.watch.second().is_asleep() && self.watch.second().sleeps_now();
            if asleep && self.trial()?.todo == Todo::Free {
                self.pause()?;
                if self.trial()?.todo != Todo::Free {
                    continue;
                }
                let second = self.unit()?.second.as_ref().map(|second| lock(second).is_halted()).transpose()?;
                let kind = if second == Some(false) { ExitKind::WakeLost } else { ExitKind::Halted };
                return Ok(Exit { cpu: 1, kind });
            }
        }
        Ok(first(ExitKind::Done))
    }
}

fn first(kind: ExitKind) -> Exit {
    Exit { cpu: 0, kind }
}
