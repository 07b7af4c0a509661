//! Trials that say the same, for the text report.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{Kind, Outcome, Trial};

/// Trials that say the same.
pub(super) struct Group<'a> {
    /// The one to show.
    pub(super) first: &'a Trial,
    /// Trials that say the same as the first.
    pub(super) others: Vec<&'a Trial>,
}

impl Group<'_> {
    pub(super) fn len(&self) -> usize {
        1 + self.others.len()
    }

    /// The cases they belong to, by name.
    pub(super) fn cases(&self) -> Vec<&str> {
        let mut cases: Vec<&str> = self.all().map(|trial| trial.id.case.as_str()).collect();
        cases.sort_unstable();
        cases.dedup();
        cases
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Trial> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// Groups trials by key, in the order of their first ones. Trials without a key are left out.
fn by<'a, K: Hash + Eq>(trials: &'a [Trial], key: impl Fn(&'a Trial) -> Option<K>) -> Vec<Group<'a>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for trial in trials {
        let Some(key) = key(trial) else { continue };
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.others.push(trial),
            None => groups.push(Group { first: trial, others: Vec::new() }),
        }
    }
    groups
}

/// Failures: one group for each case and symptom, or for each known deviation that did not show.
pub(super) fn failures(trials: &[Trial]) -> Vec<Group<'_>> {
    by(trials, |trial| match &trial.outcome {
        Outcome::Fixed { reason, .. } => Some(("", reason.as_str(), trial.outcome.symptom()?)),
        outcome if outcome.kind().is_failure() => Some((trial.id.case.as_str(), "", outcome.symptom()?)),
        _ => None,
    })
}

/// Trouble: one group for each cause, whatever the case.
pub(super) fn trouble(trials: &[Trial]) -> Vec<Group<'_>> {
    by(trials, |trial| match &trial.outcome {
        Outcome::Error(trouble) => Some(trouble),
        _ => None,
    })
}

/// Trials of these kinds, the worst kind first: one group for each case and what is said of it, or for each cause where
/// one spans cases.
pub(super) fn of_kinds<'a>(trials: &'a [Trial], kinds: &[Kind]) -> Vec<Group<'a>> {
    let mut groups = by(trials, |trial| {
        let kind = trial.outcome.kind();
        if !kinds.contains(&kind) {
            return None;
        }
        let reason = match &trial.outcome {
            Outcome::Known { reason, .. } | Outcome::Fixed { reason, .. } => reason.as_str(),
            _ => "",
        };
        let case = if spans_cases(kind) { "" } else { trial.id.case.as_str() };
        let lacked = match &trial.outcome {
            Outcome::Skipped { requirement } => requirement.as_str(),
            _ => "",
        };
        Some((kind, case, trial.outcome.symptom(), lacked, reason))
    });
    groups.sort_by_key(|group| std::cmp::Reverse(group.first.outcome.kind()));
    groups
}

/// Skips by requirement, most trials first.
pub(super) fn skips(trials: &[Trial]) -> Vec<Group<'_>> {
    let groups = by(trials, |trial| match &trial.outcome {
        Outcome::Skipped { requirement } => Some(requirement),
        _ => None,
    });
    largest_first(groups)
}

/// Known deviations by reason, most trials first: one cause has as many symptoms as it has cases.
pub(super) fn known(trials: &[Trial]) -> Vec<Group<'_>> {
    let groups = by(trials, |trial| match &trial.outcome {
        Outcome::Known { reason, .. } => Some(reason),
        _ => None,
    });
    largest_first(groups)
}

/// The symptoms of a group of known deviations, each once.
pub(super) fn symptoms(group: &Group<'_>) -> Vec<String> {
    let mut symptoms: Vec<String> = group.all().filter_map(|trial| trial.outcome.headline()).collect();
    symptoms.sort();
    symptoms.dedup();
    symptoms
}

fn largest_first(mut groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

/// Whether a group of this kind may hold trials of several cases.
pub(super) fn spans_cases(kind: Kind) -> bool {
    matches!(kind, Kind::Fixed | Kind::Error)
}
