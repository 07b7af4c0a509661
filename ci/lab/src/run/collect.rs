//! The results of a run while its shards come in.

use std::sync::{Arc, Mutex, PoisonError};

use reports::{Event, MergeError, Outcome, SavedRun, Summary, Trial, TrialId, merge};

use super::incomplete::Incomplete;
use super::journal::Journal;
use crate::Failure;

/// The results of one target on one kernel: its shards, as they come in.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    shares: Vec<ShardHandle>,
}

/// One shard, shared by the thread that fills it and those that read it.
#[derive(Clone, Debug, Default)]
pub struct ShardHandle(Arc<Mutex<ShardRun>>);

/// One shard of a run, over all its boots.
#[derive(Clone, Debug, Default)]
pub struct ShardRun {
    /// The run so far.
    pub run: SavedRun,
    /// Why it did not run, or not to its end.
    pub missing: Option<Incomplete>,
    /// Whether the suite ended by itself.
    pub ended: bool,
    /// What the suite wrote for people.
    pub words: Vec<String>,
    /// Where its events are kept as they come.
    pub journal: Option<Arc<Journal>>,
}

impl ShardHandle {
    /// Reads or changes the shard under its lock.
    pub fn with<T>(&self, act: impl FnOnce(&mut ShardRun) -> T) -> T {
        // A thread that panicked has left only whole events.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ShardRun {
    /// Adds an event. The start of a run is ignored after the first boot's. Errors: the journal's.
    pub fn take(&mut self, event: &Event) -> Result<(), Failure> {
        match event {
            Event::RunStarted(_) if self.run.facts.is_some() => return Ok(()),
            // Each boot counts only its own trials; `closed` counts all.
            Event::RunFinished(summary) => {
                self.ended = true;
                self.run.summary = Some(summary.clone());
                return Ok(());
            }
            event => self.run.take(event),
        }
        self.journal.as_ref().map_or(Ok(()), |journal| journal.take(event))
    }

    /// Ends the trial that was running, if there is one, with what `make` returns. Errors: the journal's.
    pub fn end_running(&mut self, make: impl FnOnce(&TrialId) -> Trial) -> Result<(), Failure> {
        match self.run.last_unfinished().cloned() {
            Some(id) => {
                let mut trial = make(&id);
                // Taken from the suite that ran: the lab may have another version of the case.
                if let Some(same) = self.run.trials.iter().find(|trial| trial.id.case == id.case) {
                    trial.hash = same.hash.clone();
                }
                self.take(&Event::TrialFinished(Box::new(trial)))
            }
            None => Ok(()),
        }
    }

    /// The last trial that started, after which the next boot goes on.
    pub fn last(&self) -> Option<&TrialId> {
        self.run.last_unfinished().or(self.run.trials.last().map(|trial| &trial.id))
    }

    /// How many trials finished.
    pub fn finished(&self) -> usize {
        self.run.trials.len()
    }

    /// The run with a summary of all its boots.
    fn closed(&self) -> SavedRun {
        let whole = self.ended && self.missing.is_none();
        let stale = self.run.summary.iter().flat_map(|summary| summary.stale.clone()).collect();
        let summary = Summary { stale, ..Summary::of(&self.run.trials, !whole, 0) };
        SavedRun { summary: Some(summary), ..self.run.clone() }
    }
}

impl Collected {
    /// Empty shards with these journals.
    pub fn of(journals: impl IntoIterator<Item = Journal>) -> Collected {
        let share = |journal| {
            let part = ShardRun { journal: Some(Arc::new(journal)), ..ShardRun::default() };
            ShardHandle(Arc::new(Mutex::new(part)))
        };
        Collected { shares: journals.into_iter().map(share).collect() }
    }

    /// Removes the journals, for the run is saved.
    pub fn remove_journals(&self) {
        let parts = self.shares.iter().filter_map(|share| share.with(|part| part.journal.clone()));
        parts.for_each(|journal| journal.remove());
    }

    /// A shard, from 1.
    pub fn share(&self, shard: usize) -> ShardHandle {
        self.shares.get(shard.wrapping_sub(1)).cloned().unwrap_or_default()
    }

    fn sum(&self, of: impl Fn(&ShardRun) -> usize) -> usize {
        self.shares.iter().map(|share| share.with(|part| of(part))).sum()
    }

    /// How many trials are planned in the shards that have started.
    pub fn planned(&self) -> usize {
        self.sum(|part| part.run.facts.as_ref().map_or(0, |facts| facts.trials))
    }

    /// How many trials finished.
    pub fn finished(&self) -> usize {
        self.sum(ShardRun::finished)
    }

    /// How many trials failed or ended in trouble.
    pub fn bad(&self) -> usize {
        let bad = |trial: &&Trial| trial.outcome.kind().is_failure() || matches!(trial.outcome, Outcome::Error(_));
        self.sum(|part| part.run.trials.iter().filter(bad).count())
    }

    /// Why part of it did not run.
    pub fn missing(&self) -> Option<Incomplete> {
        self.shares.iter().find_map(|share| share.with(|part| part.missing.clone()))
    }

    /// All shards as one run, which is interrupted if any of them was not finished. Errors: they are not of one plan.
    pub fn joined(&self, millis: u64) -> Result<SavedRun, MergeError> {
        let parts: Vec<ShardRun> = self.shares.iter().map(|share| share.with(|part| part.clone())).collect();
        let started = parts.iter().enumerate().filter(|(_, part)| part.run.facts.is_some());
        let runs: Vec<(String, SavedRun)> =
            started.map(|(at, part)| (format!("shard {}", at + 1), part.closed())).collect();
        let mut run = match runs.as_slice() {
            [] => SavedRun::default(),
            runs => merge(runs)?,
        };
        let summary = run.summary.get_or_insert_default();
        summary.millis = millis;
        summary.interrupted |= runs.len() < parts.len();
        Ok(run)
    }
}
