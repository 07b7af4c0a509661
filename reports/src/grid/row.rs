//! The rows of a grid: cases and rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Tally;
use crate::distinct::sorted;
use crate::{Ending, Kind, Trial};

/// How the trials of one case, or those that test one rule, went in each column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Id of the case or rule.
    pub name: String,
    /// Whether a trial ended differently in two columns that ran it.
    pub differs: bool,
    /// Whether a trial failed or ended in trouble.
    pub failed: bool,
    /// Whether the cases had the same contents in all columns; if not, their trials are not compared.
    pub same_contents: bool,
    /// A cell for each column; empty where nothing was run.
    pub cells: Vec<Tally>,
    /// Everything that went wrong: failures first, then trouble, then known deviations, the most frequent first.
    pub seen: Vec<Seen>,
}

/// What went wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// How trials ended.
    #[serde(flatten)]
    pub said: Ending,
    /// In how many trials of each column.
    pub counts: Vec<usize>,
}

/// One trial in every column.
pub(super) struct TrialRow<'a> {
    trials: Vec<Option<&'a Trial>>,
}

impl<'a> TrialRow<'a> {
    pub(super) fn new(columns: usize) -> TrialRow<'a> {
        TrialRow { trials: vec![None; columns] }
    }

    /// Puts a trial into its column.
    pub(super) fn put(&mut self, column: usize, trial: &'a Trial) {
        if let Some(place) = self.trials.get_mut(column) {
            *place = Some(trial);
        }
    }

    /// Ids of the rules it tests in any column.
    pub(super) fn rules(&self) -> Vec<&'a str> {
        sorted(self.trials.iter().flatten().flat_map(|trial| &trial.rules).map(String::as_str))
    }

    /// Whether two columns that judged the same contents have different outcomes. Being alike is transitive, so each is
    /// compared only with the first of the same contents.
    fn differs(&self) -> bool {
        let judged = || self.trials.iter().flatten().filter(|trial| trial.outcome.kind() != Kind::Skipped);
        judged().any(|one| {
            let first = judged().find(|other| other.hash == one.hash);
            first.is_some_and(|first| !first.outcome.is_like(&one.outcome))
        })
    }
}

impl Row {
    /// A row of these trials.
    pub(super) fn of<'a>(name: &str, columns: usize, trials: impl IntoIterator<Item = &'a TrialRow<'a>>) -> Row {
        let mut row = Row {
            name: name.to_owned(),
            same_contents: true,
            cells: vec![Tally::default(); columns],
            ..Row::default()
        };
        let mut seen: BTreeMap<Ending, Vec<usize>> = BTreeMap::new();
        let mut contents: BTreeMap<&str, &str> = BTreeMap::new();
        for across in trials {
            row.differs |= across.differs();
            for (index, (cell, trial)) in row.cells.iter_mut().zip(&across.trials).enumerate() {
                let Some(trial) = trial else { continue };
                row.same_contents &= *contents.entry(&trial.id.case).or_insert(&trial.hash) == trial.hash;
                cell.add(trial.outcome.kind());
                let said = Some(Ending::of(&trial.outcome)).filter(Ending::is_wrong);
                let counts = said.map(|said| seen.entry(said).or_insert_with(|| vec![0; columns]));
                if let Some(count) = counts.and_then(|counts| counts.get_mut(index)) {
                    *count += 1;
                }
            }
        }
        row.failed = row.cells.iter().any(Tally::failed);
        row.seen = seen.into_iter().map(|(said, counts)| Seen { said, counts }).collect();
        row.seen.sort_by_key(|seen| Reverse((seen.said.kind.class(), seen.counts.iter().sum::<usize>())));
        row
    }
}
