//! One of several parts of a plan.

use std::fmt;
use std::str::FromStr;

use reports::ShardOf;

use super::choose::{ALL_TRIALS, offer};
use super::plan::Planned;

/// One of several parts of a plan that together are the whole: every `of`-th trial, beginning with number `index`.
///
/// Neighbours in a plan are variants of one case and cost about the same, so the parts of one plan are even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which of them this is, from 1.
    index: usize,
    /// How many there are.
    of: usize,
}

/// A word that is no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write which part of how many, from 1/N to N/N, such as 2/3")]
pub struct BadShard;

impl Shard {
    /// The same, for saved runs.
    pub fn position(self) -> ShardOf {
        ShardOf { index: self.index, of: self.of }
    }

    /// The trials of this part, in their order.
    pub fn of<T>(self, trials: Vec<T>) -> Vec<T> {
        trials.into_iter().skip(self.index - 1).step_by(self.of).collect()
    }
}

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(word: &str) -> Result<Self, BadShard> {
        let (index, of) = word.split_once('/').ok_or(BadShard)?;
        let number = |digits: &str| digits.parse::<usize>().map_err(|_| BadShard);
        let shard = Self { index: number(index)?, of: number(of)? };
        if (1..=shard.of).contains(&shard.index) { Ok(shard) } else { Err(BadShard) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// A name that is no trial's of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trial `{name}` is not among the {count} planned ones{near}")]
pub struct UnknownTrial {
    name: String,
    count: usize,
    near: String,
}

/// The trials after the one of this name, in their order; empty if it is the last.
pub fn after<'a>(mut trials: Vec<Planned<'a>>, name: &str) -> Result<Vec<Planned<'a>>, UnknownTrial> {
    let names: Vec<String> = trials.iter().map(|trial| trial.id.to_string()).collect();
    match names.iter().position(|known| known == name) {
        Some(at) => Ok(trials.split_off(at + 1)),
        None => Err(UnknownTrial {
            name: name.to_owned(),
            count: names.len(),
            near: offer(name, names.iter().map(String::as_str), ALL_TRIALS),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_even_and_together_the_whole() {
        for (count, of) in [(0, 1), (1, 3), (10, 3), (12, 4), (7, 7)] {
            let shards: Vec<Vec<usize>> = (1..=of).map(|index| Shard { index, of }.of((0..count).collect())).collect();
            let sizes: Vec<usize> = shards.iter().map(Vec::len).collect();
            assert!(sizes.iter().max().unwrap_or(&0) - sizes.iter().min().unwrap_or(&0) <= 1, "{sizes:?}");
            assert!(shards.iter().all(|shard| shard.is_sorted()));
            let mut all = shards.concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        assert_eq!(Shard { index: 2, of: 3 }.to_string(), "2/3");
        for bad in ["0/3", "4/3", "0/0", "1/0", "1", "/", "a/b", "-1/3", "1/3/5", "", "1/99999999999999999999"] {
            assert_eq!(bad.parse::<Shard>(), Err(BadShard), "{bad}");
        }
    }
}
