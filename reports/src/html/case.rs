//! A case on a page: its rules, and the ways in which its trials ended.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use askama::Template;

use super::entry::{Entry, alike};
use super::failure::{Rule, rules, shown};
use super::markup::Markup;
use super::matrix::Cell;
use super::store::{CaseEntry, Store};
use crate::grid::Row;
use crate::{CaseView, Kind};

/// A case: its rules, and one part for each way in which its trials ended.
#[derive(Template)]
#[template(path = "case.html")]
struct Part<'a> {
    id: &'a str,
    summary: &'a str,
    rules: Vec<Markup>,
    shown: Vec<Markup>,
    /// How many further ways to end are not shown.
    beyond: usize,
}

#[derive(Template)]
#[template(source = r#"{% import "rules.html" as parts %}{% call parts::rule(rule) %}{% endcall %}"#, ext = "html")]
struct OneRule<'a> {
    rule: &'a Rule<'a>,
}

/// The case's line in the list.
#[derive(Template)]
#[template(path = "line.html")]
struct Line<'a> {
    id: &'a str,
    summary: &'a str,
    same_contents: bool,
    cells: Vec<Cell>,
}

/// Ways in which the trials of a case ended that are shown, failures first: a browser takes long to draw more.
const IN_FULL: usize = 50;

/// Puts a case into the store, with its line in the list.
pub(super) fn keep<'a>(
    store: &mut Store,
    row: &Row,
    entries: &[Entry<'a>],
    case_view: Option<&'a CaseView>,
    labels: &[String],
) {
    let Some(first) = entries.first() else { return };
    let mut groups = alike(entries.iter().copied());
    groups.sort_by_key(|group| Reverse(group.kind().class()));
    let shown = groups.iter().take(IN_FULL).map(|group| {
        let shown = shown(group, case_view, labels, false, &mut |piece| store.put(&piece));
        store.put(&shown)
    });
    let shown = shown.collect();
    let stated = rules(first, &first.trial.rules);
    let stated = stated.iter().map(|rule| store.put(&Markup::of(&OneRule { rule }))).collect();
    let (id, summary) = (row.name.as_str(), first.trial.summary.as_str());
    let part = store.keep(&Markup::of(&Part {
        id,
        summary,
        rules: stated,
        shown,
        beyond: groups.len().saturating_sub(IN_FULL),
    }));
    let cells = row.cells.iter().map(Cell::of).collect();
    let line = Line { id, summary, same_contents: row.same_contents, cells };
    let line = store.keep(&Markup::of(&line));
    store.case(CaseEntry {
        id: id.to_owned(),
        text: words(row, entries, summary),
        rules: first.trial.rules.clone(),
        kinds: row
            .cells
            .iter()
            .map(|cell| Kind::ALL.iter().filter(|kind| cell.count(**kind) > 0).map(|kind| kind.letter()).collect())
            .collect(),
        line,
        part,
    });
}

/// The text that the filter searches: each word once.
fn words(row: &Row, entries: &[Entry<'_>], summary: &str) -> String {
    let mut words = BTreeSet::new();
    for entry in entries {
        let id = &entry.trial.id;
        words.extend([id.machine.to_lowercase(), id.mode.to_lowercase(), id.path.to_lowercase()]);
        words.insert(entry.trial.outcome.kind().name().to_owned());
        words.extend(entry.trial.outcome.headline().map(|line| line.to_lowercase()));
        words.extend(entry.trial.rules.iter().map(|rule| rule.to_lowercase()));
    }
    let start = format!("{} {}", row.name, summary).to_lowercase();
    words.into_iter().fold(start, |all, word| format!("{all} {word}"))
}
