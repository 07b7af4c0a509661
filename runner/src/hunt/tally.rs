//! Counts what a hunt has seen.

use std::collections::{BTreeMap, BTreeSet};

use reports::{Finding, Kind, Lack, Symptom, Trial, Trouble};
use serde::{Deserialize, Serialize};

/// A trial that ended the hunt so many times is not run again.
pub const MOST_DEATHS: u64 = 2;
/// The most examples that are kept of each trial and symptom.
const EXAMPLES: usize = 2;
/// The most examples that are kept in all, to bound the journal of a host on which everything fails.
const MOST_EXAMPLES: usize = 200;

/// What a hunt has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The current round, from 1.
    pub round: u64,
    /// Milliseconds hunted.
    pub elapsed: u64,
    /// An id of the host's boot, by which a reset of the host is told from a killed process.
    pub boot: String,
    /// The trials of this round that have ended.
    pub done: BTreeSet<String>,
    /// What was seen, by name of the trial.
    pub trials: BTreeMap<String, Record>,
    /// The trial that is running, and whether under load.
    #[serde(skip)]
    pub running: Option<(String, bool)>,
}

/// What was seen of one trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// How often it ran without load.
    pub calm: u64,
    /// How often it ran under load.
    pub loaded: u64,
    /// The missing requirement, if it was skipped; it is left out of later rounds then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Lack>,
    /// Symptoms, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Sighting>,
}

/// A symptom of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What went wrong.
    pub symptom: Symptom,
    /// The kind of outcome; that of a known deviation is `known`.
    pub kind: Kind,
    /// How often it showed without load.
    pub calm: u64,
    /// How often it showed under load.
    pub loaded: u64,
    /// The first trials that showed it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Trial>,
}

impl Sighting {
    /// How often it showed.
    pub fn count(&self) -> u64 {
        self.calm.saturating_add(self.loaded)
    }

    /// Whether it failed the trial.
    pub fn is_failure(&self) -> bool {
        self.kind.is_failure()
    }
}

impl Record {
    /// How often it ran.
    pub fn runs(&self) -> u64 {
        self.calm.saturating_add(self.loaded)
    }

    /// How often it ended the hunt.
    pub fn deaths(&self) -> u64 {
        let killed = Finding::Trouble(Trouble::HuntEnded);
        let ended = self.seen.iter().filter(|seen| seen.kind == Kind::HostDied || seen.symptom.finding == killed);
        ended.fold(0, |sum, sighting| sum.saturating_add(sighting.count()))
    }

    /// Counts an end of the trial.
    pub(super) fn ended(&mut self, loaded: bool, kind: Kind, symptom: Option<&Symptom>, example: Option<&Trial>) {
        let count = |calm: &mut u64, under_load: &mut u64| {
            let count = if loaded { under_load } else { calm };
            *count = count.saturating_add(1);
        };
        count(&mut self.calm, &mut self.loaded);
        let Some(symptom) = symptom else { return };
        let place = self.seen.iter().position(|seen| seen.symptom == *symptom).unwrap_or(self.seen.len());
        if place == self.seen.len() {
            self.seen.push(Sighting { symptom: symptom.clone(), kind, calm: 0, loaded: 0, examples: Vec::new() });
        }
        if let Some(sighting) = self.seen.get_mut(place) {
            count(&mut sighting.calm, &mut sighting.loaded);
            sighting.examples.extend(example.cloned());
        }
    }

    /// What was seen with this symptom, if anything.
    pub fn of(&self, symptom: &Symptom) -> Option<&Sighting> {
        self.seen.iter().find(|seen| seen.symptom == *symptom)
    }
}

impl Tally {
    /// Nothing seen yet.
    pub fn new(boot: String) -> Self {
        Self { round: 1, boot, ..Self::default() }
    }

    /// Whether the trial is still to run in this round.
    pub fn is_due(&self, trial: &str) -> bool {
        !self.done.contains(trial) && !self.is_out(trial)
    }

    /// Whether the trial is left out of further rounds.
    pub fn is_out(&self, trial: &str) -> bool {
        let out = |record: &Record| record.skipped.is_some() || record.deaths() >= MOST_DEATHS;
        self.trials.get(trial).is_some_and(out)
    }

    /// Whether a trial that ended in this way is kept as an example.
    pub fn wants_whole(&self, trial: &str, kind: Kind, symptom: &Symptom) -> bool {
        let kept = self.trials.get(trial).and_then(|record| record.of(symptom));
        (kind.is_failure() || kind == Kind::Error)
            && kept.is_none_or(|sighting| sighting.examples.len() < EXAMPLES)
            && self.sightings().map(|(_, sighting)| sighting.examples.len()).sum::<usize>() < MOST_EXAMPLES
    }

    /// Begins the next round.
    pub fn next_round(&mut self) {
        self.round = self.round.saturating_add(1);
        self.done.clear();
    }

    /// The symptoms of every trial, in the order of trials.
    pub fn sightings(&self) -> impl Iterator<Item = (&str, &Sighting)> {
        self.trials.iter().flat_map(|(trial, record)| record.seen.iter().map(move |seen| (trial.as_str(), seen)))
    }

    /// How often trials ran without load and under load.
    pub fn runs(&self) -> (u64, u64) {
        self.trials.values().fold((0, 0), |(calm, loaded), record| {
            (calm.saturating_add(record.calm), loaded.saturating_add(record.loaded))
        })
    }
}
