use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use guests::map::port;
use kvm_bindings::KVM_GUESTDBG_INJECT_DB;

use super::aide::{Finished, Order};
use super::causes::failed;
use super::machine::KvmMachine;
use super::sys::{self, Stopped};
use super::trial::Todo;
use super::words;
use crate::machine::{Exit, ExitKind, Trouble};
use crate::terms::Path;

/// DR6 bits of the four breakpoints (Intel SDM vol. 3, "Debug Status Register (DR6)").
const DR6_BREAKPOINTS: u64 = 0xf;
/// How often the end of the second processor is looked for.
const LOOK: Duration = Duration::from_millis(1);

/// What one `run` keeps in mind.
struct Watch {
    began: Instant,
    /// RIP where the processor was seen halted at the last tick.
    halted_at: Option<u64>,
}

impl KvmMachine {
    pub(super) fn run_loaded(&mut self) -> Result<Exit, Trouble> {
        self.send_aide()?;
        // A tick that came between two runs must not cause an exit in this one.
        let rang = sys::take_bell();
        if let Some(delay) = self.trial()?.kick {
            self.set_alarm(delay)?;
        } else if rang || !self.trial()?.ticking {
            self.set_alarm(self.timing().tick)?;
        }
        let mut watch = Watch { began: Instant::now(), halted_at: None };
        loop {
            let stopped = self.enter()?;
            let exit = match stopped {
                Stopped::Out(port, value) => self.port(port, value)?,
                Stopped::Debug { rip, dr6 } => self.debug(rip, dr6)?,
                Stopped::Signal => self.tick(&mut watch)?,
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

    fn set_alarm(&mut self, delay: Duration) -> Result<(), Trouble> {
        self.trial()?.ticking = true;
        sys::set_alarm(delay)
    }

    fn enter(&mut self) -> Result<Stopped, Trouble> {
        let alarm = self.trial()?.todo == Todo::Alarm;
        if !alarm {
            return self.unit()?.first.run();
        }
        let shared = Arc::clone(&self.aide()?.shared);
        shared.entered.store(true, Ordering::SeqCst);
        let stopped = self.unit()?.first.run();
        shared.entered.store(false, Ordering::SeqCst);
        stopped
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
        let watch = self.unit()?.first.stats.as_ref().and_then(|stats| stats.sleep_watch());
        self.order(Order::Alarm(path, watch))
    }

    fn port(&mut self, port: u16, value: u8) -> Result<Option<Exit>, Trouble> {
        let kind = match u8::try_from(port) {
            Ok(port::SNAP) => ExitKind::Snap,
            Ok(port::RAISE) => ExitKind::Raise(value),
            Ok(port::DONE) => return self.wait_for_peer().map(Some),
            Ok(port::FAULT) => ExitKind::Fault,
            Ok(port::ARM) => ExitKind::Arm,
            Ok(port::IRQ) => ExitKind::Irq,
            _ => {
                let unit = self.unit()?;
                return Err(words::unexpected(&unit.first, &unit.vm, 0, &Stopped::Out(port, value)));
            }
        };
        Ok(Some(first(kind)))
    }

    /// A breakpoint of ours, or else the guest's own #DB, which is handed back to it.
    fn debug(&mut self, rip: u64, dr6: u64) -> Result<Option<Exit>, Trouble> {
        let ours = dr6 & DR6_BREAKPOINTS != 0;
        if ours {
            return Ok(Some(first(ExitKind::Breakpoint(rip))));
        }
        let mut control = Self::debug_control(&self.trial()?.breakpoints);
        control.control |= KVM_GUESTDBG_INJECT_DB;
        let cpu = &mut self.unit()?.first;
        let mut registers = cpu.fd.get_debug_regs().map_err(|errno| failed("KVM_GET_DEBUGREGS", errno))?;
        registers.dr6 = dr6;
        cpu.fd.set_debug_regs(&registers).map_err(|errno| failed("KVM_SET_DEBUGREGS", errno))?;
        cpu.set_guest_debug(&control)?;
        Ok(None)
    }

    /// The alarm rang: is the processor halted, hung, or just busy?
    fn tick(&mut self, watch: &mut Watch) -> Result<Option<Exit>, Trouble> {
        sys::take_bell();
        self.trial()?.ticking = false;
        let timing = self.timing();
        if let Some(exit) = self.peer_exit(Duration::ZERO)? {
            return Ok(Some(exit));
        }
        let late = watch.began.elapsed() > timing.limit;
        if !self.unit()?.first.is_halted()? {
            watch.halted_at = None;
            let delay = match &mut self.trial()?.kick {
                Some(delay) => {
                    *delay = (*delay * 2).min(timing.tick);
                    *delay
                }
                None => timing.tick,
            };
            self.set_alarm(delay)?;
            return Ok(late.then(|| first(ExitKind::Hang)));
        }
        if self.trial()?.kick.take().is_some() {
            self.raise_now(1)?;
            self.set_alarm(timing.tick)?;
            return Ok(None);
        }
        if self.trial()?.is_armed() {
            if late {
                return Err(Trouble::new(
                    "raising an NMI while the processor sleeps",
                    "the second thread did not see it asleep in time; raise the time limit",
                ));
            }
            self.set_alarm(timing.tick)?;
            return Ok(None);
        }
        let peer_may_wake_it = self.trial()?.todo == Todo::Free && !self.aide()?.shared.halted.load(Ordering::SeqCst);
        let rip = self.unit()?.first.rip()?;
        if watch.halted_at == Some(rip) && (!peer_may_wake_it || late) {
            return Ok(Some(first(ExitKind::Halted)));
        }
        watch.halted_at = Some(rip);
        self.set_alarm(timing.settle)?;
        Ok(None)
    }

    /// An alarm that rang already is over, even if the second thread has not said so yet.
    pub(super) fn finish_alarm(&mut self) -> Result<(), Trouble> {
        if self.trial()?.todo == Todo::Alarm
            && self.aide()?.is_busy()
            && self.aide()?.shared.fired.load(Ordering::SeqCst)
        {
            self.peer_exit(self.timing().limit)?;
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
        let mut halted_since: Option<Instant> = None;
        let settle = self.timing().settle + self.timing().tick;
        while self.trial()?.todo == Todo::Free {
            if let Some(exit) = self.peer_exit(LOOK)? {
                return Ok(exit);
            }
            if self.trial()?.todo == Todo::Free && self.aide()?.shared.halted.load(Ordering::SeqCst) {
                if halted_since.get_or_insert_with(Instant::now).elapsed() > settle * 2 {
                    self.pause()?;
                    return Ok(Exit { cpu: 1, kind: ExitKind::Halted });
                }
            } else {
                halted_since = None;
            }
        }
        Ok(first(ExitKind::Done))
    }
}

fn first(kind: ExitKind) -> Exit {
    Exit { cpu: 0, kind }
}
