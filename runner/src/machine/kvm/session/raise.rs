//! Raising NMIs: at once, or once the first processor has halted.

use std::time::Duration;

use super::super::nmi_source::NmiSource;
use super::super::second_vcpu::{Ended, Job};
use super::super::watch::starved_after;
use super::state::{KvmSession, SecondTask};
use crate::machine::{Cannot, Exit, NoRaise, Trouble};

impl KvmSession<'_> {
    /// Raises this many NMIs now.
    pub(super) fn raise_now(&mut self, count: u8) -> Result<(), Trouble> {
        match self.source {
            NmiSource::Vcpu(raise) => raise(&mut self.vm().first, count),
            NmiSource::Platform { raise, .. } => {
                // An armed NMI may have raised the pin and not lowered it yet, and another edge would then be lost.
                self.finish_raising()?;
                self.vm().first.apply()?;
                (0..count).try_for_each(|_| raise(&self.vm().platform, 0))
            }
            NmiSource::Sender if self.guest.sender => self.send(count),
            NmiSource::Sender => Err(Cannot::Raise { cpu: 0, why: NoRaise::NoSender }.into()),
            NmiSource::NotHost(why) => Err(Cannot::Raise { cpu: 0, why }.into()),
        }
    }

    /// Arms one NMI for a later run, once the processor has halted. Another thread raises it if the source allows, so that
    /// nothing else ends the halt; otherwise this thread does, which must leave KVM_RUN first.
    pub(super) fn raise_once_halted(&mut self) -> Result<(), Trouble> {
        self.finish_raising()?;
        match self.source {
            NmiSource::NotHost(why) => return Err(Cannot::Raise { cpu: 0, why }.into()),
            NmiSource::Platform { .. } | NmiSource::Sender if !self.has_peer() => {
                self.second_task = SecondTask::RaiseOnHalt;
            }
            NmiSource::Vcpu(_) | NmiSource::Platform { .. } | NmiSource::Sender => self.raise_on_halt = true,
        }
        Ok(())
    }

    /// Runs the sender until it has written its ICR `count` times.
    pub(super) fn send(&mut self, count: u8) -> Result<(), Trouble> {
        self.pause()?;
        let first = u8::from(!self.sender_ready);
        self.start_job(Job::Send(count.saturating_add(first)))?;
        // The run of the second processor ends long before that, also if it hangs.
        let patience = starved_after(self.parts.timing) * 2;
        match self.parts.second.wait(patience) {
            Some(Ok(Ended::Done)) => {
                self.sender_ready = true;
                Ok(())
            }
            Some(Err(trouble)) => Err(trouble),
            Some(Ok(Ended::Exit(ended))) => Err(Cannot::RunSender { ended }.into()),
            Some(Ok(Ended::Stopped)) => Err(Cannot::OrderSecond.into()),
            None => Err(Cannot::SendInTime.into()),
        }
    }

    /// Starts a job of the second thread for this guest.
    pub(super) fn start_job(&mut self, job: Job) -> Result<(), Trouble> {
        self.parts.second.start(job, &self.parts.pooled.vm)
    }

    /// Stops the second thread's job; one that did not finish is started again by the next run.
    pub(super) fn pause(&mut self) -> Result<(), Trouble> {
        match self.parts.second.stop() {
            None | Some(Ok(Ended::Stopped)) => Ok(()),
            Some(Ok(Ended::Done)) => {
                self.second_task = SecondTask::Nothing;
                Ok(())
            }
            Some(Ok(Ended::Exit(ended))) => Err(Cannot::RunSecond { ended }.into()),
            Some(Err(trouble)) => Err(trouble),
        }
    }

    /// Waits at most for this time for the end of the second thread's job; returns an exit if the second processor cannot go
    /// on.
    pub(super) fn second_ended(&mut self, time: Duration) -> Result<Option<Exit>, Trouble> {
        let Some(reply) = self.parts.second.wait(time) else { return Ok(None) };
        let ended = reply?;
        if ended != Ended::Stopped {
            self.second_task = SecondTask::Nothing;
        }
        Ok(if let Ended::Exit(kind) = ended { Some(Exit { cpu: 1, kind }) } else { None })
    }

    /// Waits for the second thread to finish an NMI that it is raising.
    fn finish_raising(&mut self) -> Result<(), Trouble> {
        if self.second_task != SecondTask::RaiseOnHalt || !self.parts.second.is_raising() {
            return Ok(());
        }
        self.second_ended(starved_after(self.parts.timing))?;
        if self.parts.second.is_busy() {
            return Err(Cannot::RaiseInTime.into());
        }
        Ok(())
    }
}
