//! Builds a grid from runs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::column::{columns, places};
use super::row::TrialRow;
use super::{Column, Labelled, Row};

/// Several runs side by side: how each case and each rule went in each.
///
/// A cell folds all trials of a case: its modes and paths. A row *differs* if some trial of it ended otherwise, or with
/// another symptom, in one column than in another. Only verdicts and trouble count: a trial that was skipped or not run in
/// a column does not make the row differ, because a search for a regression should not show a row for every capability that
/// older kernels lack. Trials whose case had other contents are not compared; the row says so instead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grid {
    /// The columns; those of one group are neighbours, otherwise they come in the given order.
    pub columns: Vec<Column>,
    /// A row for each case, sorted.
    pub cases: Vec<Row>,
    /// A row for each rule that a trial tests, in the order in which the runs list them.
    pub rules: Vec<Row>,
}

/// Which rows a report shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// Those that differ and those with failures or trouble; the others are counted.
    #[default]
    Telling,
    /// Every row, also those in which all hosts agree.
    All,
}

impl Rows {
    pub(super) fn has(self, row: &Row) -> bool {
        self == Rows::All || row.differs || row.failed
    }
}

impl Grid {
    /// Lays runs side by side. A run with several machines has a column for each. Of a trial that a run has twice, the
    /// last counts.
    pub fn new(runs: &[Labelled<'_>]) -> Grid {
        let places = places(runs);
        let width = places.len();
        let mut cases: BTreeMap<&str, BTreeMap<(&str, &str), TrialRow<'_>>> = BTreeMap::new();
        for (column, place) in places.iter().enumerate() {
            for trial in place.run.run.trials.iter().filter(|trial| trial.id.machine == place.machine) {
                let variants = cases.entry(&trial.id.case).or_default();
                let variant = variants.entry((&trial.id.mode, &trial.id.path));
                variant.or_insert_with(|| TrialRow::new(width)).put(column, trial);
            }
        }
        let mut by_rule: BTreeMap<&str, Vec<&TrialRow<'_>>> = BTreeMap::new();
        for across in cases.values().flat_map(BTreeMap::values) {
            across.rules().into_iter().for_each(|rule| by_rule.entry(rule).or_default().push(across));
        }
        let mut rules = Vec::new();
        for rule in runs.iter().flat_map(|run| &run.run.facts).flat_map(|facts| &facts.rules) {
            if let Some(trials) = by_rule.remove(rule.id.as_str()) {
                rules.push(Row::of(&rule.id, width, trials));
            }
        }
        rules.extend(by_rule.into_iter().map(|(rule, trials)| Row::of(rule, width, trials)));
        let cases = cases.iter().map(|(case, variants)| Row::of(case, width, variants.values())).collect();
        let mut grid = Grid { columns: columns(&places), cases, rules };
        for row in &grid.cases {
            grid.columns.iter_mut().zip(&row.cells).for_each(|(column, cell)| column.counts.join(cell));
        }
        grid
    }
}
