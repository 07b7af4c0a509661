use std::sync::Arc;
use std::sync::atomic::Ordering;

use guests::map::port;

use super::aide::{Finished, Shared};
use super::cpu::Cpu;
use super::stats::Stats;
use super::sys::{self, Stopped};
use super::vm::Vm;
use super::watch::{Decision, Watched};
use super::{raise, words};
use crate::machine::{ExitKind, Trouble};
use crate::terms::Path;

/// How many exits a case's own second processor may take: one that never ends exits in time every time.
const MOST_EXITS: u32 = 10_000;

/// The second processor, on the thread that runs it.
pub(super) struct Second<'a> {
    pub(super) cpu: &'a mut Cpu,
    pub(super) vm: &'a Vm,
    pub(super) shared: &'a Shared,
    pub(super) watched: &'a Arc<Watched>,
}

impl Second<'_> {
    /// Runs the sender from one `out 0E5h` to the next, `count` times.
    pub(super) fn send(&mut self, count: u8) -> Result<Finished, Trouble> {
        for _ in 0..count {
            match self.until_exit()? {
                Ok((port::SEND, _)) => self.cpu.settle()?,
                Ok((other, _)) => {
                    return Err(Trouble::SenderPort { port: other.into() });
                }
                Err(Finished::Stopped) => return Ok(Finished::Stopped),
                Err(other) => {
                    return Err(Trouble::new(
                        format!("the sender ended with {other:?}"),
                        "it must go on sending; look at the second processor's registers",
                    ));
                }
            }
        }
        Ok(Finished::Done)
    }

    /// Runs a case's own second processor until it is done.
    pub(super) fn free(&mut self, path: Path) -> Result<Finished, Trouble> {
        for _ in 0..MOST_EXITS {
            match self.until_exit()? {
                Ok((port::SNAP, _)) => {}
                Ok((port::DONE, _)) => {
                    self.cpu.settle()?;
                    return Ok(Finished::Done);
                }
                Ok((port::FAULT, _)) => {
                    self.cpu.settle()?;
                    return Ok(Finished::Exit(ExitKind::Fault));
                }
                Ok((port::RAISE, count)) => self.raise(path, count)?,
                Ok((port::IRQ, _)) => raise::interrupt(self.vm, guests::vector::IRQ, 1)?,
                Ok((other, _)) => {
                    return Err(Trouble::new(
                        format!("the second processor used port {other:X}h"),
                        "`arm` is for the first processor only; let the peer use `raise` or marks",
                    ));
                }
                Err(finished) => return Ok(finished),
            }
        }
        self.cpu.settle()?;
        Ok(Finished::Exit(ExitKind::Hang))
    }

    fn raise(&mut self, path: Path, count: u8) -> Result<(), Trouble> {
        match path {
            Path::Ioctl => raise::by_ioctl(self.cpu, count),
            Path::Events => raise::by_events(self.cpu, count),
            Path::Msi => (0..count).try_for_each(|_| raise::from_outside(self.vm, path, 1)),
            _ => Err(Trouble::new(
                format!("`raise` on the second processor over the path {path}"),
                "the host can do that by ioctl, events and msi only; leave the path out of the case",
            )),
        }
    }

    /// Runs until a port is written (`Ok`), or the run ends otherwise.
    fn until_exit(&mut self) -> Result<Result<(u8, u8), Finished>, Trouble> {
        // What rang before means nothing for this run; `stop` is looked at below.
        sys::take_bell();
        let sleep = self.cpu.stats.as_ref().and_then(Stats::sleep_watch);
        let run = self.watched.begin(sleep);
        loop {
            if self.shared.stop.load(Ordering::SeqCst) {
                return Ok(Err(Finished::Stopped));
            }
            match self.cpu.run()? {
                Stopped::Out(port, value) if u8::try_from(port).is_ok() => {
                    return Ok(Ok((port as u8, value)));
                }
                Stopped::Shutdown => return Ok(Err(Finished::Exit(ExitKind::Shutdown))),
                Stopped::Signal => {
                    sys::take_bell();
                    match run.decision() {
                        Some(Decision::Spent) => return Ok(Err(Finished::Exit(ExitKind::Hang))),
                        Some(Decision::Starved { given, took }) => return Err(words::starved(1, given, took)),
                        Some(Decision::Asleep) | None => {}
                    }
                }
                other => return Err(words::unexpected(self.cpu, self.vm, 1, &other)),
            }
        }
    }
}
