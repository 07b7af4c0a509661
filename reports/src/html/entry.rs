//! The trials of a page and how they are grouped.

use std::collections::HashMap;
use std::hash::Hash;

use crate::grid::{Place, places};
use crate::suspect::Suspects;
use crate::{Ending, Labelled, Outcome, RunFacts, SavedRun, Trial};

/// A trial of one of the runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// The column of the grid that it is in.
    pub(super) column: usize,
    pub(super) run: &'a SavedRun,
    pub(super) trial: &'a Trial,
    /// What to say of it where the models fail its case, too.
    pub(super) suspect: Option<&'static str>,
}

/// Trials that say the same, the one to show first.
pub(super) type Group<'a> = Vec<Entry<'a>>;

/// Every trial, in the order of the columns.
pub(super) fn entries<'a>(runs: &[Labelled<'a>]) -> Vec<Entry<'a>> {
    let of = |(column, place): (usize, Place<'a>)| {
        let run = place.run.run;
        let suspects = Suspects::of(&run.trials);
        let own = run.trials.iter().filter(move |trial| trial.id.machine == place.machine);
        own.map(move |trial| Entry { column, run, trial, suspect: suspects.words(trial) })
    };
    places(runs).into_iter().enumerate().flat_map(of).collect()
}

impl<'a> Entry<'a> {
    /// Whose manual it is held against: `amd` or `intel`. None where nothing tells.
    pub(super) fn vendor(&self) -> Option<&'static str> {
        let machine = self.trial.id.machine.rsplit(':').next().unwrap_or_default();
        let host = self.facts().and_then(|facts| facts.host.iter().find(|fact| fact.name == "vendor"));
        match (machine, host.map(|fact| fact.value.as_str())) {
            // Faulty machines are AMD's model with a fault.
            ("amd", _) => Some("amd"),
            _ if self.trial.id.machine.starts_with("faulty:") => Some("amd"),
            ("intel", _) => Some("intel"),
            (_, Some("AuthenticAMD" | "HygonGenuine")) => Some("amd"),
            (_, Some("GenuineIntel" | "CentaurHauls" | "  Shanghai  ")) => Some("intel"),
            _ => None,
        }
    }

    pub(super) fn facts(&self) -> Option<&'a RunFacts> {
        self.run.facts.as_ref()
    }

    /// What tells how it ended, for trials of one case.
    fn ended(&self) -> (&'a str, Ending) {
        (&self.trial.hash, Ending::of(&self.trial.outcome))
    }
}

/// Groups by key, in the order of their first ones. Those without a key are left out.
pub(super) fn by<'a, K: Hash + Eq>(
    entries: impl IntoIterator<Item = Entry<'a>>,
    key: impl Fn(&Entry<'a>) -> Option<K>,
) -> Vec<Group<'a>> {
    let mut known: HashMap<K, usize> = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for entry in entries {
        let Some(key) = key(&entry) else { continue };
        let place = *known.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

/// The trials of one case that ended alike.
pub(super) fn alike<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Vec<Group<'a>> {
    by(entries, |entry| Some((entry.vendor(), entry.ended())))
}

/// Failures: a group for each case and what it showed. A host that died tells nothing of the case, and yet it is the
/// case that it died in.
pub(super) fn failures<'a>(entries: &[Entry<'a>]) -> Vec<Group<'a>> {
    let failed = entries.iter().copied().filter(|entry| entry.trial.outcome.kind().is_failure());
    by(failed, |entry| Some((entry.trial.id.case.as_str(), entry.vendor(), entry.ended())))
}

/// Trouble: a group for each cause, whatever the case.
pub(super) fn trouble<'a>(entries: &[Entry<'a>]) -> Vec<Group<'a>> {
    by(entries.iter().copied(), |entry| match &entry.trial.outcome {
        Outcome::Error(trouble) => Some(trouble),
        _ => None,
    })
}

/// Known deviations by reason, most trials first.
pub(super) fn known<'a>(entries: &[Entry<'a>]) -> Vec<Group<'a>> {
    let groups = by(entries.iter().copied(), |entry| match &entry.trial.outcome {
        Outcome::Known { reason, .. } => Some(reason),
        _ => None,
    });
    largest_first(groups)
}

/// Skips by requirement, most trials first.
pub(super) fn skips<'a>(entries: &[Entry<'a>]) -> Vec<Group<'a>> {
    let groups = by(entries.iter().copied(), |entry| match &entry.trial.outcome {
        Outcome::Skipped { requirement } => Some(requirement),
        _ => None,
    });
    largest_first(groups)
}

/// The cases of a group, sorted, each once.
pub(super) fn cases<'a>(group: &Group<'a>) -> Vec<&'a str> {
    let mut cases: Vec<&str> = group.iter().map(|entry| entry.trial.id.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    cases
}

fn largest_first(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}
