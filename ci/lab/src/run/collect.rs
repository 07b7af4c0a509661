use std::sync::{Arc, Mutex, PoisonError};

use reports::{Event, Outcome, RunFacts, SavedRun, Summary, Trial, TrialId};

use super::journal::Journal;
use crate::Failure;

/// What is known of one target on one kernel: its shards, as they come in.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    shares: Vec<Share>,
}

/// One shard, for the thread that fills it and those that look.
#[derive(Clone, Debug, Default)]
pub struct Share(Arc<Mutex<Part>>);

/// One shard of a run, over all its boots.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The run so far.
    pub run: SavedRun,
    /// Why it did not run, or not to its end.
    pub missing: Option<String>,
    /// Whether the suite ended by itself.
    pub ended: bool,
    /// What the suite wrote for people.
    pub words: Vec<String>,
    /// Where its events are kept as they come.
    pub journal: Option<Arc<Journal>>,
}

impl Share {
    /// Looks at the shard or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut Part) -> T) -> T {
        // A thread that panicked left whole events behind.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Part {
    /// Adds an event. The start of a second boot's run says nothing that the first one's did not. Errors: the journal's.
    pub fn take(&mut self, event: &Event) -> Result<(), Failure> {
        match event {
            Event::RunStarted(_) if self.run.facts.is_some() => return Ok(()),
            // Each boot counts its own trials; the sum is made when all are in.
            Event::RunFinished(summary) => {
                self.ended = true;
                self.run.summary = Some(summary.clone());
                return Ok(());
            }
            event => self.run.take(event),
        }
        self.journal.as_ref().map_or(Ok(()), |journal| journal.take(event))
    }

    /// Gives the trial that was running, if one was, this end. Errors: the journal's.
    pub fn end_running(&mut self, make: impl FnOnce(&TrialId) -> Trial) -> Result<(), Failure> {
        match self.run.last_unfinished().cloned() {
            Some(id) => self.take(&Event::TrialFinished(Box::new(make(&id)))),
            None => Ok(()),
        }
    }

    /// The last trial that started, to go on behind it.
    pub fn last(&self) -> Option<&TrialId> {
        self.run.last_unfinished().or(self.run.trials.last().map(|trial| &trial.id))
    }

    /// How many trials finished.
    pub fn finished(&self) -> usize {
        self.run.trials.len()
    }
}

impl Collected {
    /// Room for that many shards, all with one journal.
    pub fn of(shards: usize, journal: &Arc<Journal>) -> Collected {
        let share = || Share(Arc::new(Mutex::new(Part { journal: Some(Arc::clone(journal)), ..Part::default() })));
        Collected { shares: (0..shards).map(|_| share()).collect() }
    }

    /// A shard, from 1.
    pub fn share(&self, shard: usize) -> Share {
        self.shares.get(shard.wrapping_sub(1)).cloned().unwrap_or_default()
    }

    fn sum(&self, of: impl Fn(&Part) -> usize) -> usize {
        self.shares.iter().map(|share| share.with(|part| of(part))).sum()
    }

    /// How many trials are planned, as far as the shards that started said.
    pub fn planned(&self) -> usize {
        self.sum(|part| part.run.facts.as_ref().map_or(0, |facts| facts.trials))
    }

    /// How many trials finished.
    pub fn finished(&self) -> usize {
        self.sum(Part::finished)
    }

    /// How many trials failed or ended in trouble.
    pub fn bad(&self) -> usize {
        let bad = |trial: &&Trial| trial.outcome.kind().is_failure() || matches!(trial.outcome, Outcome::Error { .. });
        self.sum(|part| part.run.trials.iter().filter(bad).count())
    }

    /// Why part of it did not run.
    pub fn missing(&self) -> Option<String> {
        self.shares.iter().find_map(|share| share.with(|part| part.missing.clone()))
    }

    /// All shards in one, its trials in the order in which one run would have had them.
    pub fn joined(&self, millis: u64) -> SavedRun {
        let parts: Vec<Part> = self.shares.iter().map(|share| share.with(|part| part.clone())).collect();
        let facts = parts.iter().find_map(|part| part.run.facts.clone()).unwrap_or_default();
        let facts = RunFacts { trials: self.planned(), ..facts };
        let longest = parts.iter().map(Part::finished).max().unwrap_or(0);
        let rows = (0..longest).flat_map(|at| parts.iter().filter_map(move |part| part.run.trials.get(at).cloned()));
        let trials: Vec<Trial> = rows.collect();
        let unfinished: Vec<TrialId> = parts.iter().flat_map(|part| part.run.unfinished.clone()).collect();
        let whole = parts.iter().all(|part| part.ended && part.missing.is_none());
        let stale = match parts.as_slice() {
            [only] => only.run.summary.as_ref().map(|summary| summary.stale.clone()).unwrap_or_default(),
            // An entry that shows nowhere in a share of the trials may show in another.
            _ => Vec::new(),
        };
        let summary = Summary { stale, ..Summary::of(&trials, !whole, millis) };
        SavedRun { facts: Some(facts), trials, unfinished, summary: Some(summary), torn: false }
    }
}
