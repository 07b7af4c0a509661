//! Trouble, known deviations and skips on a page, each cause once.

use askama::Template;

use super::entry::Entry;
use super::markup::Markup;
use crate::distinct::sorted;
use crate::groups::{Group, known, skips, trouble};
use crate::{Outcome, StaleEntry};

/// Trials that neither passed nor failed, each cause once: trouble, known deviations, skips.
#[derive(Template)]
#[template(path = "causes.html")]
struct Causes<'a> {
    trouble: Vec<Cause<'a>>,
    known: Vec<Cause<'a>>,
    skipped: Vec<Cause<'a>>,
    stale: Vec<&'a StaleEntry>,
}

struct Cause<'a> {
    title: String,
    likely: Option<String>,
    trials: usize,
    symptoms: Vec<String>,
    cases: Vec<&'a str>,
    columns: Vec<&'a str>,
}

pub(super) fn causes<'a>(entries: &[Entry<'a>], labels: &'a [String], stale: Vec<&'a StaleEntry>) -> Markup {
    let all = || entries.iter().copied();
    let causes = Causes {
        trouble: each(trouble(all()), labels),
        known: each(known(all()), labels),
        skipped: each(skips(all()), labels),
        stale,
    };
    let empty = causes.trouble.is_empty() && causes.known.is_empty() && causes.skipped.is_empty();
    if empty && causes.stale.is_empty() { Markup::default() } else { Markup::of(&causes) }
}

fn each<'a>(groups: Vec<Group<Entry<'a>>>, labels: &'a [String]) -> Vec<Cause<'a>> {
    groups.iter().map(|group| cause(group, labels)).collect()
}

fn cause<'a>(group: &Group<Entry<'a>>, labels: &'a [String]) -> Cause<'a> {
    let (title, likely, symptoms) = match &group.first.trial.outcome {
        Outcome::Error(trouble) => (trouble.title(), Some(trouble.likely()), Vec::new()),
        Outcome::Known { reason, .. } => (reason.clone(), None, group.symptoms()),
        Outcome::Skipped { requirement } => (requirement.to_string(), None, Vec::new()),
        _ => (String::new(), None, Vec::new()),
    };
    let columns = sorted(group.all().map(|entry| entry.column));
    let columns = columns.iter().filter_map(|column| labels.get(*column)).map(String::as_str);
    let columns = columns.filter(|label| !label.is_empty()).collect();
    Cause { title, likely, trials: group.len(), symptoms, cases: group.cases(), columns }
}
