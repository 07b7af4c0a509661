//! The second processor, on the thread that runs it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use guests::map::port;

use super::super::nmi_source::{NmiSource, interrupt};
use super::super::syscalls;
use super::super::vcpu::Vcpu;
use super::super::vm::{Platform, starved, unexpected_exit};
use super::super::watch::{Decision, Watched};
use crate::machine::{Cannot, ExitKind, MOST_EXITS, NoRaise, Returned, Trouble};

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The job is done.
    Done,
    /// The second processor stopped before that.
    Exit(ExitKind),
    /// The first thread stopped the job.
    Stopped,
}

/// The second processor and what its run depends on.
pub(super) struct Second<'a> {
    pub(super) vcpu: &'a mut Vcpu,
    pub(super) platform: &'a Platform,
    pub(super) stop: &'a AtomicBool,
    pub(super) watched: &'a Arc<Watched>,
}

impl Second<'_> {
    /// Runs the sender from one `out 0E5h` to the next, `count` times.
    pub(super) fn send(&mut self, count: u8) -> Result<Ended, Trouble> {
        for _ in 0..count {
            match self.until_exit()? {
                Ok((port::SEND, _)) => self.vcpu.settle()?,
                Ok((other, _)) => {
                    return Err(Trouble::SenderPort { port: other.into() });
                }
                Err(Ended::Exit(ended)) => return Err(Cannot::RunSender { ended }.into()),
                Err(ended) => return Ok(ended),
            }
        }
        Ok(Ended::Done)
    }

    /// Runs a case's own second processor until it is done.
    pub(super) fn run_peer(&mut self, source: NmiSource) -> Result<Ended, Trouble> {
        for _ in 0..MOST_EXITS {
            match self.until_exit()? {
                Ok((port::SNAP, _)) => {}
                Ok((port::DONE, _)) => {
                    self.vcpu.settle()?;
                    return Ok(Ended::Done);
                }
                Ok((port::FAULT, _)) => {
                    self.vcpu.settle()?;
                    return Ok(Ended::Exit(ExitKind::Fault));
                }
                Ok((port::RAISE, count)) => self.raise(source, count)?,
                Ok((port::IRQ, _)) => interrupt(self.platform, guests::vector::IRQ, 1)?,
                Ok((port, _)) => return Err(Cannot::UsePort { port }.into()),
                Err(ended) => return Ok(ended),
            }
        }
        self.vcpu.settle()?;
        Ok(Ended::Exit(ExitKind::Hang))
    }

    fn raise(&mut self, source: NmiSource, count: u8) -> Result<(), Trouble> {
        match source {
            NmiSource::Vcpu(raise) => raise(self.vcpu, count),
            NmiSource::Platform { raise, .. } => (0..count).try_for_each(|_| raise(self.platform, 1)),
            NmiSource::Sender => Err(Cannot::Raise { cpu: 1, why: NoRaise::FirstAlone }.into()),
            NmiSource::NotHost(why) => Err(Cannot::Raise { cpu: 1, why }.into()),
        }
    }

    /// Runs until a port is written (`Ok`), or the run ends otherwise.
    fn until_exit(&mut self) -> Result<Result<(u8, u8), Ended>, Trouble> {
        // An interruption that came before is not for this run; `stop` is checked below.
        syscalls::take_interruption();
        let run = self.watched.begin(self.vcpu.sleep_flag());
        loop {
            if self.stop.load(Ordering::SeqCst) {
                return Ok(Err(Ended::Stopped));
            }
            match self.vcpu.run()? {
                Returned::Out { port, value } if u8::try_from(port).is_ok() => {
                    return Ok(Ok((port as u8, value)));
                }
                Returned::Shutdown => return Ok(Err(Ended::Exit(ExitKind::Shutdown))),
                Returned::Signal => {
                    syscalls::take_interruption();
                    match run.decision() {
                        Some(Decision::Spent) => return Ok(Err(Ended::Exit(ExitKind::Hang))),
                        Some(Decision::Starved { given, took }) => return Err(starved(1, given, took)),
                        Some(Decision::Asleep) | None => {}
                    }
                }
                other => return Err(unexpected_exit(self.vcpu, &self.platform.memory, 1, &other)),
            }
        }
    }
}
