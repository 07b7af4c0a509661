//! A run that was saved, or that is still going on.

use std::collections::HashSet;
use std::io;

use crate::distinct::unique;
use crate::json_text::with_printable_texts;
use crate::layout::{counted, listed};
use crate::{Event, Reporter, RunFacts, Summary, Trial, TrialId};

/// What is known of a run so far, or of one that was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedRun {
    /// What the run is about. None if the file was cut off before it.
    pub facts: Option<RunFacts>,
    /// The finished trials, in order.
    pub trials: Vec<Trial>,
    /// Trials that started and did not finish, in order; the last one is the suspect when a host died.
    pub unfinished: Vec<TrialId>,
    /// How the run ended. None if the file was cut off.
    pub summary: Option<Summary>,
    /// Whether a partial last line was dropped.
    pub torn: bool,
}

impl SavedRun {
    /// Adds one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::RunStarted(facts) => self.facts = Some(facts.clone()),
            Event::TrialStarted { id } => self.unfinished.push(id.clone()),
            Event::TrialFinished(trial) => {
                self.unfinished.retain(|id| *id != trial.id);
                self.trials.push((**trial).clone());
            }
            Event::RunFinished(summary) => self.summary = Some(summary.clone()),
        }
    }

    /// The run with only these trials.
    pub(crate) fn only(&self, ids: &HashSet<&TrialId>) -> SavedRun {
        let trials: Vec<Trial> = self.trials.iter().filter(|trial| ids.contains(&trial.id)).cloned().collect();
        let unfinished: Vec<TrialId> = self.unfinished.iter().filter(|id| ids.contains(id)).cloned().collect();
        let dropped = self.trials.len() + self.unfinished.len() - trials.len() - unfinished.len();
        let planned = |facts: &RunFacts| facts.trials.saturating_sub(dropped);
        let facts = self.facts.as_ref().map(|facts| RunFacts { trials: planned(facts), ..facts.clone() });
        let counted = Summary::of(&trials, false, 0);
        let summary = self.summary.clone().map(|summary| Summary {
            counts: counted.counts,
            executed: counted.executed,
            ..summary
        });
        SavedRun { facts, trials, unfinished, summary, torn: self.torn }
    }

    /// The same run with every text as [`printable`](crate::printable()) shows it, for output on terminals.
    #[must_use]
    pub fn printable(&self) -> SavedRun {
        SavedRun {
            facts: with_printable_texts(&self.facts),
            trials: with_printable_texts(&self.trials),
            unfinished: with_printable_texts(&self.unfinished),
            summary: with_printable_texts(&self.summary),
            torn: self.torn,
        }
    }

    /// Ids of its trials: those that finished, then those that did not.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &TrialId> {
        self.trials.iter().map(|trial| &trial.id).chain(&self.unfinished)
    }

    /// The trial that started last of those that did not end.
    pub fn last_unfinished(&self) -> Option<&TrialId> {
        self.unfinished.last()
    }

    /// The trials that were running when the run stopped, in words. None if none was.
    pub fn running(&self) -> Option<String> {
        let names: Vec<String> = self.unfinished.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then(|| listed(&names, NAMED))
    }

    /// What is missing of the run, in words. None if it is whole.
    pub fn shortfall(&self) -> Option<String> {
        let planned = self.facts.as_ref().map_or(0, |facts| facts.trials);
        let so_far = format!("{} of {}", self.trials.len(), counted(planned, "trial"));
        let torn = if self.torn { ", its last line torn" } else { "" };
        match (&self.summary, self.running()) {
            _ if self.facts.is_none() => Some(format!("cut off before its start{torn}")),
            (None, Some(running)) => Some(format!("cut off in {running}, after {so_far}{torn}")),
            (None, None) => Some(format!("cut off after {so_far}{torn}")),
            (Some(Summary { stopped: Some(why), .. }), _) => Some(format!("stopped after {so_far}, because {why}")),
            (Some(summary), _) if summary.interrupted => Some(format!("interrupted after {so_far}")),
            (Some(_), _) if self.trials.len() < planned => Some(format!("{so_far}: the others never ended")),
            (Some(_), Some(running)) => Some(format!("{running} never ended")),
            (Some(summary), None) => {
                let told = summary.counts.values().fold(0_usize, |sum, count| sum.saturating_add(*count));
                let here = self.trials.len();
                (told != here).then(|| format!("its end counts {}, and {here} are in it", counted(told, "trial")))
            }
        }
    }

    /// The machines of whose trials none executed, in order.
    pub fn untested(&self) -> Vec<String> {
        let machines = unique(self.trials.iter().map(|trial| &trial.id.machine));
        machines.into_iter().filter(|machine| !has_executed(&self.trials, machine)).cloned().collect()
    }

    /// Which part of all trials it covers, in words. None if it covers all, or has no scope.
    pub fn part(&self) -> Option<String> {
        self.facts.as_ref()?.scope.as_ref()?.words()
    }

    /// The shards that it lacks, in words. None if it has all, or has no scope.
    pub fn missing_shards(&self) -> Option<String> {
        self.facts.as_ref()?.scope.as_ref()?.missing_shards()
    }

    /// Its events in the order of a run; the last one is missing if the run was cut off.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let start = self.facts.iter().cloned().map(Event::RunStarted);
        start.chain(self.trial_events()).chain(self.summary.iter().cloned().map(Event::RunFinished))
    }

    fn trial_events(&self) -> impl Iterator<Item = Event> {
        let trials = self.trials.iter().flat_map(|trial| {
            [Event::TrialStarted { id: trial.id.clone() }, Event::TrialFinished(Box::new(trial.clone()))]
        });
        let unfinished = self.unfinished.iter().map(|id| Event::TrialStarted { id: id.clone() });
        trials.chain(unfinished)
    }

    /// The run's summary; for a run that was cut off, one counted from its trials, as interrupted.
    pub fn summary_or_count(&self) -> Summary {
        self.summary.clone().unwrap_or_else(|| {
            let micros: u64 = self.trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.micros));
            Summary::of(&self.trials, true, micros / 1000)
        })
    }

    /// Passes the run's events to a reporter. A run that was cut off ends as an interrupted one. Errors: the reporter's.
    pub fn replay(&self, reporter: &mut dyn Reporter) -> io::Result<()> {
        reporter.take(&Event::RunStarted(self.facts.clone().unwrap_or_default()))?;
        self.trial_events().try_for_each(|event| reporter.take(&event))?;
        reporter.take(&Event::RunFinished(self.summary_or_count()))
    }
}

/// Whether any trial of a machine executed.
pub(crate) fn has_executed(trials: &[Trial], machine: &str) -> bool {
    Summary::of(trials.iter().filter(|trial| trial.id.machine == machine), false, 0).executed > 0
}

/// Most running trials that are named.
const NAMED: usize = 8;

/// Collects a run that is still going on.
impl Reporter for SavedRun {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        SavedRun::take(self, event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, samples};

    #[test]
    fn what_is_missing_is_said() {
        let events = samples::mixed_run();
        let after = |count: usize| {
            let mut run = SavedRun::default();
            events.iter().take(count).for_each(|event| run.take(event));
            run
        };
        let words = |run: SavedRun| run.shortfall().unwrap_or_default();
        assert_eq!(words(after(0)), "cut off before its start");
        assert_eq!(words(after(3)), "cut off after 1 of 12 trials");
        assert_eq!(words(SavedRun { torn: true, ..after(1) }), "cut off after 0 of 12 trials, its last line torn");
        let id = samples::HELD;
        assert_eq!(words(after(4)), format!("cut off in kvm::long::ioctl::{id}, after 1 of 12 trials"));
        assert_eq!(after(events.len()).shortfall(), None);
        let mut stopped = after(3);
        stopped.take(&Event::RunFinished(Summary { interrupted: true, ..Summary::default() }));
        assert_eq!(words(stopped), "interrupted after 1 of 12 trials");
        let mut fast = after(3);
        let why = Some("kvm::long::ioctl::a/b failed".to_owned());
        fast.take(&Event::RunFinished(Summary { interrupted: true, stopped: why, ..Summary::default() }));
        assert_eq!(words(fast), "stopped after 1 of 12 trials, because kvm::long::ioctl::a/b failed");
        let mut short = after(3);
        short.take(&Event::RunFinished(Summary::default()));
        assert_eq!(words(short), "1 of 12 trials: the others never ended");
        let mut whole = after(events.len());
        whole.trials.push(whole.trials[0].clone());
        assert_eq!(words(whole), "its end counts 12 trials, and 13 are in it");
    }

    #[test]
    fn machines_on_which_nothing_executed_are_untested() {
        let skipped = || Outcome::Skipped { requirement: crate::KvmLack::Pmu.into() };
        let trials = [
            ("kvm::a", skipped()),
            ("kvm::b", skipped()),
            ("model:amd::a", Outcome::Pass),
            ("model:amd::b", skipped()),
        ];
        let run = samples::saved(&samples::run_of(trials.map(|(name, outcome)| samples::trial(name, outcome)).into()));
        assert_eq!(run.untested(), ["kvm"]);
    }

    #[test]
    fn all_trials_that_were_running_are_named() {
        let mut run = SavedRun::default();
        run.take(&Event::RunStarted(samples::facts()));
        let [one, two] = ["kvm::long::ioctl::a/b", "kvm::long::msi::a/b"].map(samples::id);
        for id in [&one, &two] {
            run.take(&Event::TrialStarted { id: id.clone() });
        }
        assert_eq!(run.shortfall(), Some(format!("cut off in {one}, {two}, after 0 of 12 trials")));
    }
}
