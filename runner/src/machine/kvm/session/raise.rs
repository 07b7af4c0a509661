//! Raising NMIs: at once, or once the first processor has halted.

use std::time::Duration;

use super::super::nmi_source::NmiSource;
use super::super::second_vcpu::{Ended, Order};
use super::super::watch::starved_after;
use super::state::{KvmSession, SecondTask};
use crate::machine::{Cannot, Exit, NoRaise, Trouble};

impl KvmSession<'_> {
    /// Raises so many now.
    pub(super) fn raise_now(&mut self, count: u8) -> Result<(), Trouble> {
        match self.source {
            NmiSource::Vcpu(raise) => raise(&mut self.vm().first, count),
            NmiSource::Platform { raise, .. } => {
                // An NMI to the halted processor may have raised its pin and not lowered it yet: another edge would be lost.
                self.finish_raising()?;
                self.vm().first.apply()?;
                (0..count).try_for_each(|_| raise(&self.vm().platform, 0))
            }
            NmiSource::Sender if self.guest.sender => self.send(count),
            NmiSource::Sender => Err(Cannot::Raise { cpu: 0, why: NoRaise::NoSender }.into()),
            NmiSource::NotHost(why) => Err(Cannot::Raise { cpu: 0, why }.into()),
        }
    }

    /// Raises one during a later run, once the processor has halted: by another thread where one can, so that nothing else ends
    /// the halt; or else by this one, which must leave KVM_RUN for that.
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

    /// Lets the sender write its ICR `count` times, and waits for it.
    pub(super) fn send(&mut self, count: u8) -> Result<(), Trouble> {
        self.pause()?;
        let first = u8::from(!self.sender_ready);
        self.order(Order::Send(count.saturating_add(first)))?;
        // The second thread's own run ends long before, hung or not.
        let patience = starved_after(self.parts.timing) * 2;
        match self.parts.second.wait(patience) {
            Some(Ok(Ended::Done)) => {
                self.sender_ready = true;
                Ok(())
            }
            Some(Err(trouble)) => Err(trouble),
            Some(Ok(other)) => Err(Cannot::Send { ended: format!("{other:?}") }.into()),
            None => Err(Cannot::SendInTime.into()),
        }
    }

    /// Gives the second thread an order about this guest.
    pub(super) fn order(&mut self, order: Order) -> Result<(), Trouble> {
        self.parts.second.give(order, &self.parts.pooled.vm)
    }

    /// Stops the second thread; what it did not finish is given again at the next run.
    pub(super) fn pause(&mut self) -> Result<(), Trouble> {
        match self.parts.second.stop() {
            None | Some(Ok(Ended::Stopped)) => Ok(()),
            Some(Ok(Ended::Done)) => {
                self.second_task = SecondTask::Nothing;
                Ok(())
            }
            Some(Ok(Ended::Exit(kind))) => Err(Cannot::RunSecond { stopped: format!("{kind:?}") }.into()),
            Some(Err(trouble)) => Err(trouble),
        }
    }

    /// Takes note of an order that ended; an exit, if the second processor cannot go on.
    pub(super) fn second_ended(&mut self, time: Duration) -> Result<Option<Exit>, Trouble> {
        let Some(reply) = self.parts.second.wait(time) else { return Ok(None) };
        let ended = reply?;
        if ended != Ended::Stopped {
            self.second_task = SecondTask::Nothing;
        }
        Ok(if let Ended::Exit(kind) = ended { Some(Exit { cpu: 1, kind }) } else { None })
    }

    /// An NMI that the second thread is raising is raised, even if that has not said so yet.
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
