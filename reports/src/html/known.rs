//! Trouble, known deviations and skips on a page, each cause once.

use askama::Template;

use super::entry::{Entry, Group, cases, known, skips, trouble};
use super::markup::Markup;
use crate::Outcome;

/// What is no failure and yet not as it should be, each cause once: trouble, known deviations, skips.
#[derive(Template)]
#[template(path = "causes.html")]
struct Causes<'a> {
    trouble: Vec<Cause<'a>>,
    known: Vec<Cause<'a>>,
    skipped: Vec<Cause<'a>>,
    stale: Vec<&'a String>,
}

struct Cause<'a> {
    title: String,
    likely: Option<String>,
    trials: usize,
    symptoms: Vec<String>,
    cases: Vec<&'a str>,
    columns: Vec<&'a str>,
}

pub(super) fn causes<'a>(entries: &[Entry<'a>], labels: &'a [String], stale: Vec<&'a String>) -> Markup {
    let causes = Causes {
        trouble: each(trouble(entries), labels),
        known: each(known(entries), labels),
        skipped: each(skips(entries), labels),
        stale,
    };
    let empty = causes.trouble.is_empty() && causes.known.is_empty() && causes.skipped.is_empty();
    if empty && causes.stale.is_empty() { Markup::default() } else { Markup::of(&causes) }
}

fn each<'a>(groups: Vec<Group<'a>>, labels: &'a [String]) -> Vec<Cause<'a>> {
    groups.iter().map(|group| cause(group, labels)).collect()
}

fn cause<'a>(group: &Group<'a>, labels: &'a [String]) -> Cause<'a> {
    let (title, likely) = match group.first().map(|entry| &entry.trial.outcome) {
        Some(Outcome::Error(trouble)) => (trouble.title(), Some(trouble.likely())),
        Some(Outcome::Known { reason, .. }) => (reason.clone(), None),
        Some(Outcome::Skipped { requirement }) => (requirement.clone(), None),
        _ => (String::new(), None),
    };
    let mut columns: Vec<usize> = group.iter().map(|entry| entry.column).collect();
    columns.sort_unstable();
    columns.dedup();
    let columns = columns.iter().filter_map(|column| labels.get(*column)).map(String::as_str);
    let known = group.iter().filter(|entry| matches!(entry.trial.outcome, Outcome::Known { .. }));
    let mut symptoms: Vec<String> = known.filter_map(|entry| entry.trial.outcome.headline()).collect();
    symptoms.sort();
    symptoms.dedup();
    Cause {
        title,
        likely,
        trials: group.len(),
        symptoms,
        cases: cases(group),
        columns: columns.filter(|label| !label.is_empty()).collect(),
    }
}
