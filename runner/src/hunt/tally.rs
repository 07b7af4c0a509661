//! What a hunt has seen so far, counted.

use std::collections::{BTreeMap, BTreeSet};

use reports::{Death, Finding, Kind, Symptom, Trial, Trouble};
use serde::{Deserialize, Serialize};

use super::journal::Line;

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
    /// Which.
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

    fn ended(&mut self, loaded: bool, kind: Kind, symptom: Option<&Symptom>, example: Option<&Trial>) {
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

    /// Why this line cannot follow those that were taken, in words. None if it can.
    pub fn refuses(&self, line: &Line) -> Option<String> {
        match (line, &self.running) {
            (Line::Started { trial, .. }, Some((running, _))) => {
                Some(format!("{trial} starts here, and {running} had started and not ended"))
            }
            (Line::Started { trial, .. }, None) if self.done.contains(trial) => {
                Some(format!("{trial} starts here, and had its turn in this round"))
            }
            (Line::Started { trial, number: Some(number), .. }, None) if *number != self.done.len() as u64 => Some(
                format!("{trial} starts here behind {number} trials of its round, and {} are there", self.done.len()),
            ),
            (Line::Ended { .. }, None) => Some("a trial ends here, and none had started".to_owned()),
            _ => None,
        }
    }

    /// Takes note of a line of the journal.
    pub fn take(&mut self, line: &Line) {
        match line {
            Line::Planned(_) => {}
            Line::Folded(tally) => *self = (**tally).clone(),
            Line::Started { trial, loaded, at, .. } => {
                self.elapsed = self.elapsed.max(*at);
                self.running = Some((trial.clone(), *loaded));
            }
            Line::Ended { kind, symptom, lacked, at, example } => {
                self.elapsed = self.elapsed.max(*at);
                if let Some((trial, loaded)) = self.running.take() {
                    self.done.insert(trial.clone());
                    let record = self.trials.entry(trial).or_default();
                    match kind {
                        Kind::Skipped => record.skipped = Some(lacked.clone().unwrap_or_default()),
                        _ => record.ended(loaded, *kind, symptom.as_deref(), example.as_deref()),
                    }
                }
            }
        }
    }

    /// Counts the trial that ran when the last part of the hunt ended as one that ended it, and says so in a line.
    ///
    /// Only another boot of the host is a failure; a process that was killed may have been so by its user.
    pub fn recover(&mut self, boot: &str) -> Option<String> {
        let (kind, finding) = match self.boot == boot {
            true => (Kind::Error, Finding::Trouble(Trouble::HuntEnded)),
            false => (Kind::HostDied, Finding::HostDied(Death::Reset)),
        };
        let symptom = Symptom { kind, pass: None, finding };
        boot.clone_into(&mut self.boot);
        let (trial, _) = self.running.clone()?;
        let told = format!("{} {trial}  {symptom}", kind.name());
        self.take(&Line::Ended {
            kind,
            symptom: Some(Box::new(symptom)),
            lacked: None,
            at: self.elapsed,
            example: None,
        });
        Some(told)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A symptom of this kind that this call is named in.
    fn symptom(kind: Kind, call: &str) -> Symptom {
        let likely = String::new();
        let finding = Finding::Trouble(Trouble::Refused { call: call.to_owned(), errno: 1, likely });
        Symptom { kind, pass: None, finding }
    }

    fn run(tally: &mut Tally, trial: &str, loaded: bool, kind: Kind, call: Option<&str>) {
        let at = tally.elapsed + 1;
        let lacked = call.filter(|_| kind == Kind::Skipped).map(str::to_owned);
        let symptom = call.map(|call| Box::new(symptom(kind, call)));
        tally.take(&Line::Started { trial: trial.to_owned(), loaded, at, jitter: None, number: None });
        tally.take(&Line::Ended { kind, symptom, lacked, at, example: None });
    }

    #[test]
    fn symptoms_are_counted_by_trial_and_load() {
        let mut tally = Tally::new(String::new());
        for (loaded, kind, call) in [
            (false, Kind::Pass, None),
            (true, Kind::Mismatch, Some("a")),
            (true, Kind::Mismatch, Some("a")),
            (true, Kind::Hang, Some("b")),
        ] {
            assert!(tally.is_due("one"));
            run(&mut tally, "one", loaded, kind, call);
            assert!(!tally.is_due("one"), "once a round");
            tally.next_round();
        }
        let record = &tally.trials["one"];
        assert_eq!((record.calm, record.loaded, tally.runs(), tally.elapsed), (1, 3, (1, 3), 4));
        let counts: Vec<_> = tally.sightings().map(|(_, seen)| (seen.kind, seen.calm, seen.loaded)).collect();
        assert_eq!(counts, [(Kind::Mismatch, 0, 2), (Kind::Hang, 0, 1)]);
    }

    #[test]
    fn what_cannot_run_and_what_kills_the_host_is_planned_out() {
        let mut tally = Tally::new(String::new());
        run(&mut tally, "skipped", false, Kind::Skipped, Some("no PMU"));
        run(&mut tally, "killer", false, Kind::HostDied, Some("reset"));
        tally.next_round();
        assert!(!tally.is_due("skipped") && tally.is_due("killer") && tally.is_due("other"));
        run(&mut tally, "killer", true, Kind::HostDied, Some("reset"));
        tally.next_round();
        assert!(!tally.is_due("killer"));
        assert_eq!((tally.runs(), tally.trials["killer"].deaths()), ((1, 1), 2), "what is skipped does not run");
    }

    #[test]
    fn only_another_boot_is_a_host_that_died() {
        for (boot, kind) in [("a", Kind::Error), ("b", Kind::HostDied)] {
            let mut tally = Tally::new("a".to_owned());
            assert_eq!(tally.recover("a"), None, "nothing ran");
            for _ in 0..MOST_DEATHS {
                "a".clone_into(&mut tally.boot);
                tally.take(&Line::Started {
                    trial: "killer".to_owned(),
                    loaded: false,
                    at: 1,
                    jitter: None,
                    number: None,
                });
                let told = tally.recover(boot).expect("it ran");
                assert!(told.starts_with(&format!("{} killer  ", kind.name())), "{told}");
            }
            assert!(tally.sightings().all(|(_, sighting)| sighting.kind == kind));
            assert!(tally.is_out("killer") && tally.boot == boot, "either is left out");
        }
    }
}
