//! What a hunt has seen so far, counted.

use std::collections::{BTreeMap, BTreeSet};

use reports::{Finding, Kind, Symptom, Trial, Trouble};
use serde::{Deserialize, Serialize};

/// A trial that ended the run so often is not tried again.
pub const MOST_DEATHS: u64 = 2;
/// Trials kept whole of each trial and symptom: the others look alike.
const EXAMPLES: usize = 2;
/// Trials kept whole altogether, so that a host on which everything fails leaves a file that can be read.
const MOST_EXAMPLES: usize = 200;

/// What a hunt has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The round under way, from 1.
    pub round: u64,
    /// Milliseconds hunted.
    pub elapsed: u64,
    /// What identifies the host's boot, so that a host that was reset is told from a process that was killed.
    pub boot: String,
    /// The trials of this round that have ended.
    pub done: BTreeSet<String>,
    /// By trial.
    pub trials: BTreeMap<String, Record>,
    /// The trial that runs, and whether under load.
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
    /// Why it is left out from the second round on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Everything but passes, each symptom once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Sighting>,
}

/// A symptom of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What went wrong.
    pub symptom: Symptom,
    /// What it counts as.
    pub kind: Kind,
    /// How often it showed without load.
    pub calm: u64,
    /// How often it showed under load.
    pub loaded: u64,
    /// The first ones, whole.
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

    /// How often it took the run with it.
    pub fn deaths(&self) -> u64 {
        let killed = Finding::Trouble(Trouble::HuntEnded);
        let ended = self.seen.iter().filter(|seen| seen.kind == Kind::HostDied || seen.symptom.finding == killed);
        ended.fold(0, |sum, sighting| sum.saturating_add(sighting.count()))
    }

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

    /// Whether the trial is not to run any more.
    pub fn is_out(&self, trial: &str) -> bool {
        let out = |record: &Record| record.skipped.is_some() || record.deaths() >= MOST_DEATHS;
        self.trials.get(trial).is_some_and(out)
    }

    /// Whether a trial that ended so is to be kept whole.
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

    /// Every trial and symptom, with how often it showed.
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
