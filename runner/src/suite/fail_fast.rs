//! When a run stops before its end.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use reports::{Event, Reporter, Summary, Trial};

/// A reporter that ends a run after the first trial that failed: it passes on all events and asks the run to stop as Ctrl-C
/// does. The summary that it passes on says why the run stopped.
pub struct FailFast<'a, R> {
    to: R,
    failed: Box<dyn Fn(&Trial) -> bool + 'a>,
    stop: &'a AtomicBool,
    first: Option<String>,
}

impl<'a, R: Reporter> FailFast<'a, R> {
    /// Passes events on to this reporter. `failed` says whether a trial ends the run; `stop` is the flag that the run reads
    /// between trials.
    pub fn new(to: R, stop: &'a AtomicBool, failed: impl Fn(&Trial) -> bool + 'a) -> Self {
        Self { to, failed: Box::new(failed), stop, first: None }
    }

    /// The summary as the reporter received it: with the reason, if the run ended before its last trial.
    pub fn explained(&self, mut summary: Summary) -> Summary {
        summary.stopped = self.first.as_ref().filter(|_| summary.interrupted).map(|id| format!("{id} failed"));
        summary
    }
}

impl<R: Reporter> Reporter for FailFast<'_, R> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::TrialFinished(trial) if (self.failed)(trial) => {
                // If the run was asked to stop before, this trial is not the reason.
                if !self.stop.swap(true, Ordering::Relaxed) {
                    self.first = Some(trial.id.to_string());
                }
                self.to.take(event)
            }
            Event::RunFinished(summary) => {
                let summary = self.explained(summary.clone());
                self.to.take(&Event::RunFinished(summary))
            }
            event => self.to.take(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use reports::{Divergence, Finding, Moment, Outcome, SavedRun, TrialId};

    use super::*;

    fn ended(case: &str, outcome: Outcome) -> Event {
        let [machine, mode, path, case] = ["kvm", "long", "ioctl", case].map(str::to_owned);
        Event::TrialFinished(Box::new(Trial::bare(TrialId { machine, mode, path, case }, outcome)))
    }

    /// What the summary says after these events, with what the run made of it.
    fn told(stop: &AtomicBool, events: &[Event], interrupted: bool) -> (bool, Option<String>) {
        let mut seen = SavedRun::default();
        let mut fast = FailFast::new(&mut seen, stop, |trial| trial.outcome.kind().is_failure());
        events.iter().for_each(|event| fast.take(event).expect("memory"));
        let summary = Summary { interrupted, ..Summary::default() };
        fast.take(&Event::RunFinished(summary.clone())).expect("memory");
        let explained = fast.explained(summary);
        drop(fast);
        assert_eq!(seen.summary.as_ref(), Some(&explained), "the reporter is told the same");
        (stop.load(Ordering::Relaxed), explained.stopped)
    }

    #[test]
    fn the_first_failure_asks_the_run_to_stop_and_is_named() {
        let hang = || Outcome::Hang(Divergence::of(Finding::sequence(Moment::Done, Moment::Halted)));
        let events = [ended("a", Outcome::Pass), ended("b", hang()), ended("c", hang())];
        let why = Some("kvm::long::ioctl::b failed".to_owned());
        assert_eq!(told(&AtomicBool::new(false), &events, true), (true, why));
        assert_eq!(told(&AtomicBool::new(false), &events, false), (true, None), "it was the last trial");
        assert_eq!(told(&AtomicBool::new(false), &events[..1], false), (false, None));
        assert_eq!(told(&AtomicBool::new(true), &events, true), (true, None), "Ctrl-C came first");
    }
}
