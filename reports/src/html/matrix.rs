//! The table of rules by hosts on a page.

use std::collections::HashMap;

use askama::Template;

use super::failure::class;
use super::markup::Markup;
use crate::grid::{Column, Grid, Row, short_names};
use crate::{Kind, Labelled, RuleRef, Tally, Tone};

/// How each rule went in each column.
#[derive(Template)]
#[template(path = "matrix.html")]
struct Rules<'a> {
    head: &'a Head,
    topics: Vec<(&'a str, Vec<Line<'a>>)>,
    untested: usize,
}

struct Line<'a> {
    id: &'a str,
    statement: &'a str,
    cells: Vec<Cell>,
}

/// A cell: always text, never colour alone.
pub(super) struct Cell {
    pub(super) class: &'static str,
    pub(super) text: String,
    /// The outcome that the cell's link filters by.
    kind: &'static str,
}

/// The heads of the columns: groups with how many columns each has, and names.
#[derive(Template)]
#[template(path = "head.html")]
pub(super) struct Head {
    groups: Vec<(String, usize)>,
    names: Vec<String>,
}

impl Cell {
    /// `pass 12`, `mismatch 2/12`; a dash if nothing ran.
    pub(super) fn of(tally: &Tally) -> Cell {
        let leading = tally.leading();
        let words = leading.iter().map(|(kind, count)| format!("{} {count}", kind.name())).collect::<Vec<_>>();
        let counted: usize = leading.iter().map(|(_, count)| count).sum();
        let text = match tally.trials() {
            0 => "–".to_owned(),
            all if all == counted => words.join(", "),
            all => format!("{}/{all}", words.join(", ")),
        };
        let bad = leading.iter().any(|(kind, _)| Tone::of(*kind) == Tone::Bad);
        let kind = leading.first().map_or("", |(kind, _)| kind.name());
        Cell { class: class(tally.tone()), text, kind: if bad { "failed" } else { kind } }
    }
}

impl Head {
    pub(super) fn of(columns: &[Column]) -> Head {
        let mut groups: Vec<(String, usize)> = Vec::new();
        for column in columns {
            match groups.last_mut() {
                Some((group, count)) if *group == column.group => *count += 1,
                _ => groups.push((column.group.clone(), 1)),
            }
        }
        Head { groups, names: short_names(columns) }
    }

    fn has_groups(&self) -> bool {
        self.groups.iter().any(|(group, _)| !group.is_empty())
    }

    fn has_names(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }
}

/// The matrix, its rules by topic; nothing if no trial tests a rule.
pub(super) fn matrix(grid: &Grid, head: &Head, runs: &[Labelled<'_>]) -> Markup {
    let all: HashMap<&str, &RuleRef> = runs
        .iter()
        .flat_map(|run| &run.run.facts)
        .flat_map(|facts| &facts.rules)
        .map(|rule| (rule.id.as_str(), rule))
        .collect();
    if grid.rules.is_empty() {
        return Markup::default();
    }
    let mut topics: Vec<(&str, Vec<Line<'_>>)> = Vec::new();
    for row in &grid.rules {
        let topic = row.name.split('.').next().unwrap_or_default();
        let line = line(row, all.get(row.name.as_str()).copied());
        match topics.last_mut() {
            Some((last, lines)) if *last == topic => lines.push(line),
            _ => topics.push((topic, vec![line])),
        }
    }
    let untested = all.keys().filter(|id| !grid.rules.iter().any(|row| row.name == **id)).count();
    Markup::of(&Rules { head, topics, untested })
}

fn line<'a>(row: &'a Row, rule: Option<&'a RuleRef>) -> Line<'a> {
    let statement = rule.map(|rule| rule.statement.as_str()).unwrap_or_default();
    Line { id: &row.name, statement, cells: row.cells.iter().map(Cell::of).collect() }
}

/// The kinds that occur, for the filter.
pub(super) fn kinds(grid: &Grid) -> Vec<Kind> {
    let occurs = |kind: &Kind| grid.columns.iter().any(|column| column.counts.count(*kind) > 0);
    Kind::ALL.into_iter().filter(occurs).collect()
}
