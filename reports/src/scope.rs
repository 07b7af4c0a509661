//! Which of all trials a run is about.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::distinct::sorted;
use crate::layout::counted;

/// Which of all the trials of its machines a run is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// How many trials the machines have altogether.
    pub whole: usize,
    /// The words that chose among them. None: all were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// How many were chosen.
    pub chosen: usize,
    /// The shards of the chosen that it is about. None: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardOf>,
    /// The trial after which it begins, if it continues another run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One of several equal parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShardOf {
    /// Its number, from 1.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl ShardOf {
    /// How many of `chosen` trials it has: every `of`-th one, beginning with number `index`.
    fn size(self, chosen: usize) -> usize {
        let first = self.index.checked_sub(1).filter(|_| self.index <= self.of);
        first.map_or(0, |first| chosen.saturating_sub(first).div_ceil(self.of.max(1)))
    }

    fn words(self) -> String {
        format!("{}/{}", self.index, self.of)
    }
}

impl Scope {
    /// How many trials its shards have, ignoring `after`.
    pub(crate) fn size(&self) -> usize {
        if self.shards.is_empty() {
            return self.chosen;
        }
        let sum = self.shards.iter().fold(0_usize, |sum, shard| sum.saturating_add(shard.size(self.chosen)));
        sum.min(self.chosen)
    }

    /// The shards that would make it whole, in words.
    pub(crate) fn missing_shards(&self) -> Option<String> {
        let of = self.shards.first()?.of;
        let missing = self.chosen.saturating_sub(self.size());
        if missing == 0 {
            return None;
        }
        // A file may claim any number of shards.
        let have: HashSet<usize> = self.shards.iter().filter(|shard| shard.of == of).map(|shard| shard.index).collect();
        let lacks = (1..=of).filter(|index| !have.contains(index)).take(NAMED);
        let shards: Vec<String> = lacks.map(|index| ShardOf { index, of }.words()).collect();
        let which = if shards.is_empty() { String::new() } else { format!(" of shard {}", shards.join(", ")) };
        Some(format!("{}{which} of {}", counted(missing, "trial"), counted(self.chosen, "trial")))
    }

    /// Which part of the whole it is, in words. None if it is the whole.
    pub(crate) fn words(&self) -> Option<String> {
        let mut words = Vec::new();
        if self.chosen < self.whole || !self.filters.is_empty() {
            let by: String = self.filters.iter().take(NAMED).map(|word| format!(" `{word}`")).collect();
            let by = if by.is_empty() { String::new() } else { format!(", by{by}") };
            words.push(format!("{} of {} chosen{by}", self.chosen, counted(self.whole, "trial")));
        }
        if !self.shards.is_empty() {
            let shards: Vec<String> = self.shards.iter().take(NAMED).map(|shard| shard.words()).collect();
            words.push(format!("shard {} of {}", shards.join(", "), counted(self.chosen, "trial")));
        }
        words.extend(self.after.iter().map(|trial| format!("behind {trial}")));
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// Joins two parts. Parts with different filters are counted together.
    pub(crate) fn join(&self, other: &Scope) -> Scope {
        let mut filters = self.filters.clone();
        if self.filters.is_empty() || other.filters.is_empty() {
            filters.clear();
        }
        let same = self.filters == other.filters;
        filters.extend(other.filters.iter().filter(|word| !same && !self.filters.contains(word)).cloned());
        let shards = if same { shards(self, other) } else { [self.shards.clone(), other.shards.clone()].concat() };
        let chosen = if same { self.chosen.max(other.chosen) } else { self.chosen.saturating_add(other.chosen) };
        let after = self.after.clone().filter(|_| other.after.is_some());
        Scope { whole: self.whole.max(other.whole), filters, chosen, shards, after }
    }
}

/// The shards of two parts with the same filters; empty if they make the whole.
fn shards(one: &Scope, other: &Scope) -> Vec<ShardOf> {
    if one.shards.is_empty() || other.shards.is_empty() {
        return Vec::new();
    }
    let shards = sorted(one.shards.iter().chain(&other.shards).copied());
    let all = |of: usize| shards.len() == of && shards.iter().all(|shard| shard.of == of && shard.index <= of);
    if shards.first().is_some_and(|first| all(first.of)) { Vec::new() } else { shards }
}

/// Most filters or shards that are named.
const NAMED: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(index: usize, of: usize) -> Scope {
        Scope { whole: 10, chosen: 10, shards: vec![ShardOf { index, of }], ..Scope::default() }
    }

    #[test]
    fn shards_are_as_large_as_what_they_hold() {
        assert_eq!([1, 2, 3, 4].map(|index| shard(index, 3).size()), [4, 3, 3, 0]);
        assert_eq!([shard(0, 0), shard(7, 2)].map(|scope| scope.size()), [0, 0], "no such shards");
        assert_eq!(Scope { chosen: 7, ..Scope::default() }.size(), 7);
    }

    #[test]
    fn parts_make_the_whole() {
        let two = shard(1, 3).join(&shard(3, 3));
        assert_eq!((two.size(), two.missing_shards()), (7, Some("3 trials of shard 2/3 of 10 trials".to_owned())));
        let three = two.join(&shard(2, 3));
        assert_eq!((three.size(), three.missing_shards(), three.words()), (10, None, None));
        let begun = Scope { whole: 10, chosen: 10, ..Scope::default() };
        let rest = Scope { after: Some("a".to_owned()), ..begun.clone() };
        assert_eq!(rest.words().as_deref(), Some("behind a"));
        assert_eq!(begun.join(&rest), begun);
        assert_eq!(rest.join(&rest), rest);
    }

    #[test]
    fn parts_of_several_choices_are_counted_together() {
        let by = |word: &str, chosen| Scope { whole: 10, filters: vec![word.to_owned()], chosen, ..Scope::default() };
        let both = by("a", 3).join(&by("b", 2));
        assert_eq!((both.size(), both.words().as_deref()), (5, Some("5 of 10 trials chosen, by `a` `b`")));
    }
}
