//! Trials of a report that say the same.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use crate::distinct::sorted;
use crate::{Kind, Outcome, Trial};

/// What stands for one trial in a report.
pub(crate) trait Entry<'a>: Copy {
    /// The trial.
    fn trial(self) -> &'a Trial;
}

impl<'a> Entry<'a> for &'a Trial {
    fn trial(self) -> &'a Trial {
        self
    }
}

/// Trials that say the same.
#[derive(Clone, Debug)]
pub(crate) struct Group<E> {
    /// The one to show.
    pub(crate) first: E,
    /// Trials that say the same as the first.
    pub(crate) others: Vec<E>,
}

impl<'a, E: Entry<'a>> Group<E> {
    pub(crate) fn len(&self) -> usize {
        1 + self.others.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = E> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// The kind of outcome of the first.
    pub(crate) fn kind(&self) -> Kind {
        self.first.trial().outcome.kind()
    }

    /// The cases that the trials belong to, sorted, each once.
    pub(crate) fn cases(&self) -> Vec<&'a str> {
        sorted(self.all().map(|entry| entry.trial().id.case.as_str()))
    }

    /// The headlines of the outcomes, sorted, each once.
    pub(crate) fn symptoms(&self) -> Vec<String> {
        sorted(self.all().filter_map(|entry| entry.trial().outcome.headline()))
    }
}

/// Groups by key, in the order of the first of each group. Entries without a key are left out.
pub(crate) fn by<'a, E: Entry<'a>, K: Hash + Eq>(
    entries: impl IntoIterator<Item = E>,
    key: impl Fn(E) -> Option<K>,
) -> Vec<Group<E>> {
    let mut places = HashMap::new();
    let mut groups: Vec<Group<E>> = Vec::new();
    for entry in entries {
        let Some(key) = key(entry) else { continue };
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.others.push(entry),
            None => groups.push(Group { first: entry, others: Vec::new() }),
        }
    }
    groups
}

/// Trouble: one group for each cause, whatever the case.
pub(crate) fn trouble<'a, E: Entry<'a>>(entries: impl IntoIterator<Item = E>) -> Vec<Group<E>> {
    by(entries, |entry| match &entry.trial().outcome {
        Outcome::Error(trouble) => Some(trouble),
        _ => None,
    })
}

/// Skips by requirement, most trials first.
pub(crate) fn skips<'a, E: Entry<'a>>(entries: impl IntoIterator<Item = E>) -> Vec<Group<E>> {
    let groups = by(entries, |entry| match &entry.trial().outcome {
        Outcome::Skipped { requirement } => Some(requirement),
        _ => None,
    });
    largest_first(groups)
}

/// Known deviations by reason, most trials first: one cause has as many symptoms as it has cases.
pub(crate) fn known<'a, E: Entry<'a>>(entries: impl IntoIterator<Item = E>) -> Vec<Group<E>> {
    let groups = by(entries, |entry| match &entry.trial().outcome {
        Outcome::Known { reason, .. } => Some(reason),
        _ => None,
    });
    largest_first(groups)
}

fn largest_first<'a, E: Entry<'a>>(mut groups: Vec<Group<E>>) -> Vec<Group<E>> {
    groups.sort_by_key(|group| Reverse(group.len()));
    groups
}
