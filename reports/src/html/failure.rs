//! Trials that ended alike: description, rules, timeline and listing.

use askama::Template;

use super::entry::Entry;
use super::markup::Markup;
use super::timeline::timeline;
use super::wanted::variant;
use crate::explain::at_stake;
use crate::groups::Group;
use crate::listing::Row;
use crate::text::verdict;
use crate::{CaseView, Divergence, ErratumRef, Excerpt, History, Kind, ListingLine, Outcome, Pass, RuleRef, Tone};

/// Trials that ended alike: description, columns, rules at stake, timeline and listing.
#[derive(Template)]
#[template(path = "shown.html")]
struct Shown<'a> {
    class: &'static str,
    word: &'static str,
    outcome: &'a Outcome,
    kind: &'static str,
    /// The case and its summary, if they are not shown above.
    about: Option<(&'a str, &'a str)>,
    parting: Option<Parting<'a>>,
    places: Vec<String>,
    rules: Vec<Rule<'a>>,
    errata: Vec<&'a ErratumRef>,
    suspect: Option<&'static str>,
    note: Option<&'static str>,
    timeline: Markup,
    listing: Markup,
}

/// Where a failure parts from the manual.
struct Parting<'a> {
    divergence: &'a Divergence,
    /// Names of the two sides; those of an unstable trial are two runs.
    sides: (&'static str, &'static str),
    want: String,
    got: String,
    pass: Option<Pass>,
    /// The event it parts at. None for a host that warned or died, which may happen anywhere.
    at: Option<usize>,
    instruction: Option<String>,
    last: Option<&'a str>,
}

/// A rule, with its statement and sources if the run lists it.
pub(super) struct Rule<'a> {
    pub(super) id: &'a str,
    pub(super) known: Option<&'a RuleRef>,
}

#[derive(Template)]
#[template(path = "listing.html")]
struct Listing<'a> {
    lines: &'a [ListingLine],
    /// The lines of a saved run, where there is no view of the case.
    bare: Vec<Row>,
    at: Option<u64>,
    what: &'a str,
}

impl Listing<'_> {
    fn is_at(&self, line: &ListingLine) -> bool {
        self.at == Some(line.address)
    }
}

const OTHER: &str = "This run ran other contents of the case: no listing or timeline of what was wanted.";
const NO_SHEET: &str = "This program does not have the case: no listing or timeline of what was wanted.";

/// The group's first trial in full. `about`: also the case and its summary; `put` stores large pieces and returns what stands in
/// their place.
pub(super) fn shown<'a>(
    group: &Group<Entry<'a>>,
    case_view: Option<&'a CaseView>,
    labels: &[String],
    about: bool,
    put: &mut dyn FnMut(Markup) -> Markup,
) -> Markup {
    let first = &group.first;
    let trial = first.trial;
    let kind = trial.outcome.kind();
    let divergence = trial.outcome.divergence();
    let at_stake = at_stake(trial);
    let variant = variant(first, case_view);
    let note = match case_view {
        _ if kind == Kind::Skipped => None,
        None => Some(NO_SHEET),
        Some(case_view) if case_view.hash != trial.hash => Some(OTHER),
        Some(_) => None,
    };
    let history = history(&trial.outcome);
    let lines = variant.map_or(&[][..], |variant| &variant.listing);
    let what = variant.map_or(String::new(), |variant| format!("{} mode, path {}", variant.mode, variant.path));
    let at = history.and_then(|history| history.steps.get(history.parts?)?.address);
    let excerpt = divergence.and_then(|divergence| divergence.excerpt.as_ref());
    let at = at.or_else(|| excerpt?.line());
    let bare = excerpt.filter(|_| lines.is_empty()).map(Excerpt::rows).unwrap_or_default();
    let empty = lines.is_empty() && bare.is_empty();
    let listing = if empty { Markup::default() } else { Markup::of(&Listing { lines, bare, at, what: &what }) };
    let wanted = variant.map(|variant| &variant.want).filter(|_| kind != Kind::Skipped);
    Markup::of(&Shown {
        class: class(Tone::of(kind)),
        word: verdict(kind),
        outcome: &trial.outcome,
        kind: kind.name(),
        about: about.then_some((trial.id.case.as_str(), trial.summary.as_str())),
        parting: divergence.map(|divergence| parting(kind, divergence)),
        places: places(group, labels),
        rules: rules(first, if about { at_stake } else { &[] }),
        errata: errata(first),
        suspect: first.suspect,
        note,
        timeline: put(timeline(wanted, history)),
        listing: put(listing),
    })
}

/// The run in which it showed.
fn history(outcome: &Outcome) -> Option<&History> {
    match outcome {
        Outcome::Known { history, .. } => history.as_ref(),
        outcome => outcome.divergence()?.history.as_ref(),
    }
}

fn parting(kind: Kind, divergence: &Divergence) -> Parting<'_> {
    let (want, got) = divergence.finding.sides();
    Parting {
        divergence,
        want,
        got,
        sides: if kind == Kind::Unstable { ("once", "again") } else { ("want", "got") },
        pass: divergence.other_pass(),
        at: (!matches!(kind, Kind::KernelWarning | Kind::HostDied)).then_some(divergence.at),
        instruction: divergence.excerpt.as_ref().and_then(Excerpt::here),
        last: divergence.history.as_ref().and_then(last),
    }
}

/// The last step that is as wanted.
fn last(history: &History) -> Option<&str> {
    let step = history.steps.get(history.parts?.checked_sub(1)?)?;
    Some(&step.event)
}

pub(super) fn rules<'a>(entry: &Entry<'a>, ids: &'a [String]) -> Vec<Rule<'a>> {
    let known = entry.facts().map_or(&[][..], |facts| &facts.rules);
    ids.iter().map(|id| Rule { id, known: known.iter().find(|rule| rule.id == *id) }).collect()
}

/// Errata of the host that could explain a failure.
fn errata<'a>(entry: &Entry<'a>) -> Vec<&'a ErratumRef> {
    let known = entry.facts().map_or(&[][..], |facts| &facts.errata);
    known.iter().filter(|erratum| erratum.could_explain(entry.trial)).collect()
}

/// `amd 7.3.4: long (ioctl, events), real (ioctl)`, a line for each column.
fn places(group: &Group<Entry<'_>>, labels: &[String]) -> Vec<String> {
    /// A mode with its paths.
    type Mode<'a> = (&'a str, Vec<&'a str>);
    let mut columns: Vec<(usize, Vec<Mode<'_>>)> = Vec::new();
    for entry in group.all() {
        let id = &entry.trial.id;
        let at = columns.iter().position(|(column, _)| *column == entry.column).unwrap_or_else(|| {
            columns.push((entry.column, Vec::new()));
            columns.len() - 1
        });
        let Some((_, modes)) = columns.get_mut(at) else { continue };
        match modes.iter_mut().find(|(mode, _)| *mode == id.mode) {
            Some((_, paths)) if paths.contains(&id.path.as_str()) => {}
            Some((_, paths)) => paths.push(&id.path),
            None => modes.push((&id.mode, vec![&id.path])),
        }
    }
    let line = |(column, modes): &(usize, Vec<Mode<'_>>)| {
        let modes: Vec<String> = modes.iter().map(|(mode, paths)| format!("{mode} ({})", paths.join(", "))).collect();
        let label = labels.get(*column).map(String::as_str).unwrap_or_default();
        format!("{label}: {}", modes.join(", ")).trim_start_matches(": ").to_owned()
    };
    columns.iter().map(line).collect()
}

/// The class of a tone in the style sheet.
pub(super) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Doubt => "doubt",
        Tone::Quiet => "quiet",
        Tone::Strong => "strong",
    }
}
