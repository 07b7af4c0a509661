//! A page as a whole.

use std::collections::HashMap;
use std::io;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::entry::{Entry, entries, failures};
use super::failure::shown;
use super::heading::Heading;
use super::markup::Markup;
use super::matrix::{Head, kinds, matrix};
use super::store::Store;
use super::wanted::by_case;
use super::{case, known, sections};
use crate::grid::labels;
use crate::groups::Group;
use crate::layout::counts;
use crate::{CaseView, Column, Grid, KillMatrix, Kind, Labelled, Summary};

/// Most groups of failures shown in full; further ones get a link.
const IN_FULL: usize = 50;
/// Most groups that get a link; the filter finds the rest. More would make the page slow to open.
const LINKED: usize = 500;

const STYLE: &str = include_str!("../../templates/page.css");
const SCRIPT: &str = include_str!("../../templates/page.js");

/// What a page is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page<'a> {
    /// The runs, with their names.
    pub runs: &'a [Labelled<'a>],
    /// The cases that the program has: those of [`super::Wanted`].
    pub views: &'a [CaseView],
    /// Which cases kill which mutants, if that is to be shown.
    pub mutants: Option<&'a KillMatrix>,
}

#[derive(Template)]
#[template(path = "page.html")]
struct PageTemplate<'a> {
    heading: &'a Heading,
    style: &'a str,
    script: &'a str,
    /// The script's hash: the page runs no other script, whatever a case or a log holds.
    script_hash: String,
    verdict: &'a Verdict,
    columns: &'a [Column],
    labels: &'a [String],
    failures: Vec<Markup>,
    more: Vec<LinkedFailure<'a>>,
    /// How many failures do not even have a link.
    beyond: usize,
    matrix: Markup,
    causes: Markup,
    kinds: Vec<Kind>,
    rules: Vec<&'a str>,
    head: &'a Head,
    cases: usize,
    costs: Markup,
    mutants: Markup,
    hosts: Markup,
    store: String,
}

/// A failure that is shown as a link only.
struct LinkedFailure<'a> {
    case: &'a str,
    trials: usize,
    headline: String,
}

/// The result of all runs in one sentence.
struct Verdict {
    class: &'static str,
    words: String,
}

impl Page<'_> {
    /// Renders the page. Errors: none in practice, since it is written to memory.
    pub fn html(&self) -> io::Result<String> {
        let grid = Grid::new(self.runs);
        let labels = names(&grid.columns);
        let entries = entries(self.runs);
        let views: HashMap<&str, &CaseView> =
            self.views.iter().map(|case_view| (case_view.id.as_str(), case_view)).collect();
        let case_view = |case: &str| views.get(case).copied();
        let failed = failures(&entries);
        let in_full = failed.iter().take(IN_FULL);
        let failures = in_full.map(|group| {
            let case_view = case_view(&group.first.trial.id.case);
            shown(group, case_view, &labels, true, &mut |piece| piece)
        });
        let mut store = Store::default();
        let by_case = by_case(&entries);
        for row in &grid.cases {
            if let Some(entries) = by_case.get(row.name.as_str()) {
                case::keep(&mut store, row, entries, case_view(&row.name), &labels);
            }
        }
        let head = Head::of(&grid.columns);
        let stale = self.runs.iter().flat_map(|run| &run.run.summary).flat_map(|summary| &summary.stale).collect();
        let page = PageTemplate {
            heading: &Heading::of(self.runs, &labels),
            style: STYLE,
            script: SCRIPT,
            script_hash: STANDARD.encode(Sha256::digest(SCRIPT)),
            verdict: &verdict(self.runs),
            columns: &grid.columns,
            labels: &labels,
            failures: failures.collect(),
            more: failed.iter().skip(IN_FULL).take(LINKED).map(more).collect(),
            beyond: failed.len().saturating_sub(IN_FULL + LINKED),
            matrix: matrix(&grid, &head, self.runs),
            causes: known::causes(&entries, &labels, stale),
            kinds: kinds(&grid),
            rules: grid.rules.iter().map(|row| row.name.as_str()).collect(),
            head: &head,
            cases: grid.cases.len(),
            costs: sections::costs(self.runs),
            mutants: self.mutants.map(sections::mutants).unwrap_or_default(),
            hosts: sections::hosts(self.runs),
            store: store.packed()?,
        };
        page.render().map_err(io::Error::other)
    }
}

/// The labels of the columns; a column without one is called by its machine.
fn names(columns: &[Column]) -> Vec<String> {
    let name = |(label, column): (String, &Column)| if label.is_empty() { column.machine.clone() } else { label };
    labels(columns).into_iter().zip(columns).map(name).collect()
}

fn more<'a>(group: &Group<Entry<'a>>) -> LinkedFailure<'a> {
    let first = group.first.trial;
    let headline = first.outcome.headline().unwrap_or_default();
    LinkedFailure { case: &first.id.case, trials: group.len(), headline }
}

fn is_stale(run: &Labelled<'_>) -> bool {
    run.run.summary.as_ref().is_some_and(|summary| !summary.stale.is_empty())
}

fn verdict(runs: &[Labelled<'_>]) -> Verdict {
    let trials = runs.iter().flat_map(|run| &run.run.trials);
    let seen = Summary::of(trials, false, 0);
    let counts = counts(Kind::ALL.into_iter().map(|kind| (seen.count(kind), kind.name())));
    let (class, start) = match (seen.failed(), seen.count(Kind::Error)) {
        (0, 0) if seen.executed == 0 => ("bad", "Nothing executed".to_owned()),
        (0, 0) if runs.iter().any(|run| is_stale(run)) => ("bad", "Known deviations show no more".to_owned()),
        (0, 0) if runs.iter().any(|run| run.run.shortfall().is_some()) => {
            ("doubt", "Nothing failed as far as it ran".to_owned())
        }
        (0, 0) => ("good", "Nothing failed".to_owned()),
        (0, errors) => ("doubt", format!("{errors} without a verdict")),
        (failed, _) => ("bad", format!("{failed} failed")),
    };
    Verdict { class, words: format!("{start}: {}", counts.as_deref().unwrap_or("no trials")) }
}
