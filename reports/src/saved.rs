use std::io;

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

    /// The trial that was running when the run stopped.
    pub fn last_unfinished(&self) -> Option<&TrialId> {
        self.unfinished.last()
    }

    /// The summary: the run's own, or for one that was cut off a count of what it left, as interrupted.
    pub fn summary_or_count(&self) -> Summary {
        self.summary.clone().unwrap_or_else(|| {
            let micros: u64 = self.trials.iter().fold(0, |sum, trial| sum.saturating_add(trial.micros));
            Summary::of(&self.trials, true, micros / 1000)
        })
    }

    /// Tells the run again. One that was cut off ends as an interrupted one. Errors: the reporter's.
    pub fn replay(&self, reporter: &mut dyn Reporter) -> io::Result<()> {
        reporter.take(&Event::RunStarted(self.facts.clone().unwrap_or_default()))?;
        for trial in &self.trials {
            reporter.take(&Event::TrialStarted { id: trial.id.clone() })?;
            reporter.take(&Event::TrialFinished(Box::new(trial.clone())))?;
        }
        for id in &self.unfinished {
            reporter.take(&Event::TrialStarted { id: id.clone() })?;
        }
        reporter.take(&Event::RunFinished(self.summary_or_count()))
    }
}
