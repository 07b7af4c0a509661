//! The end of the text report.

use super::details::{Details, in_full};
use super::failure::verdict;
use super::shown::{failures, of_kinds, spans_cases};
use super::slowest::slowest;
use crate::groups::{self, Group};
use crate::layout::{clip, columns, counted, hanging, listed, machine_words, seconds};
use crate::suspect::Suspects;
use crate::{
    Cost, Kicks, Kind, Look, Matrix, Outcome, RunFacts, SavedRun, StaleEntry, Summary, Tone, Trial, exit_code,
};

/// Groups of failures shown in full; further ones get a line each.
const IN_FULL: usize = 20;
/// Most trials named that fail like one shown in full, if only machine, mode and path are given.
const VARIANTS: usize = 12;
/// The same, if the whole id is given.
const IDS: usize = 4;

/// Most symptoms named of a known deviation: they contain commas, so several in one line would be unclear.
const SYMPTOMS: usize = 1;

/// The end of the report, the worst first.
pub(super) fn story(run: &SavedRun, look: Look, details: &Details) -> String {
    let facts = run.facts.clone().unwrap_or_default();
    let summary = run.summary_or_count();
    let mut sections = Vec::new();
    let suspects = Suspects::of(&run.trials);
    let (shown, most) = match &details.outcomes {
        Some(kinds) => (vec![of_kinds(&run.trials, kinds)], usize::MAX),
        None => (vec![failures(&run.trials), groups::trouble(&run.trials)], IN_FULL),
    };
    for groups in &shown {
        for group in groups.iter().take(most) {
            let explained = explained(group.first, &facts, look);
            let suspect = suspects.words(group.first).map_or(String::new(), |words| hanging("  ", words, look.width));
            sections.push(in_full(group.first, &facts.rules, look) + &suspect + &explained + &alike(group, look));
        }
        sections.extend(shortly(groups.get(most..).unwrap_or_default(), look));
    }
    sections.extend(details.none_shown(&run.trials));
    sections.extend(skips(run, look));
    sections.extend(known(run, look));
    sections.extend(conformance(run, &facts, look));
    sections.extend(cost(run, look));
    sections.extend(slowest(&run.trials, details.slowest, look));
    sections.extend(host(&facts, look));
    sections.extend(errata(&facts, look));
    sections.push(ending(run, &summary, look));
    sections.into_iter().map(|section| format!("\n{section}")).collect()
}

fn alike(group: &Group<&Trial>, look: Look) -> String {
    if group.others.is_empty() {
        return String::new();
    }
    let (names, most): (Vec<String>, usize) = if spans_cases(group.kind()) {
        (group.others.iter().map(|trial| trial.id.to_string()).collect(), IDS)
    } else {
        (group.others.iter().map(|trial| trial.id.variant()).collect(), VARIANTS)
    };
    let more: usize = names.len().saturating_sub(most);
    let shown = names.get(..most).unwrap_or(&names).join(", ");
    let rest = if more > 0 { format!(" and {more} more like it") } else { String::new() };
    hanging("  alike: ", &format!("{shown}{rest}"), look.width)
}

/// The errata that could explain a failure.
fn explained(trial: &Trial, facts: &RunFacts, look: Look) -> String {
    let fitting = facts.errata.iter().filter(|erratum| erratum.could_explain(trial));
    let line = |id: &str, title: &str| hanging("  could be: ", &format!("erratum {id}: {title}"), look.width);
    fitting.map(|erratum| line(&erratum.id, &erratum.title)).collect()
}

fn shortly(groups: &[Group<&Trial>], look: Look) -> Option<String> {
    let mut out = String::new();
    for group in groups {
        let kind = group.kind();
        let more = if group.others.is_empty() { String::new() } else { format!(" (and {} alike)", group.others.len()) };
        let rest = format!("{}{more}  {}", group.first.id, group.first.headline().unwrap_or_default());
        let room = look.width.saturating_sub(columns(verdict(kind)) + 1);
        out.push_str(&format!("{} {}\n", look.style.paint(Tone::of(kind), verdict(kind)), clip(&rest, room)));
    }
    (!out.is_empty()).then_some(out)
}

fn skips(run: &SavedRun, look: Look) -> Option<String> {
    let groups = groups::skips(&run.trials);
    let all: usize = groups.iter().map(Group::len).sum();
    let mut out = look.heading(&format!("Skipped: {}", counted(all, "trial")));
    for group in &groups {
        let Outcome::Skipped { requirement } = &group.first.outcome else { continue };
        let text = format!("{requirement} ({})", counted(group.cases().len(), "case"));
        out.push_str(&hanging(&format!("{:>6}  ", group.len()), &text, look.width));
    }
    (all > 0).then_some(out)
}

fn known(run: &SavedRun, look: Look) -> Option<String> {
    let groups = groups::known(&run.trials);
    let all: usize = groups.iter().map(Group::len).sum();
    let mut out = look.heading(&format!("Known deviations: {}", counted(all, "trial")));
    for group in &groups {
        let Outcome::Known { reason, .. } = &group.first.outcome else { continue };
        out.push_str(&hanging(&format!("{:>6}  ", group.len()), reason, look.width));
        out.push_str(&match group.symptoms().as_slice() {
            [only] => hanging("        symptom: ", only, look.width),
            all => hanging("        symptoms: ", &listed(all, SYMPTOMS), look.width),
        });
        out.push_str(&hanging("        cases: ", &listed(&group.cases(), IDS), look.width));
    }
    (all > 0).then_some(out)
}

fn conformance(run: &SavedRun, facts: &RunFacts, look: Look) -> Option<String> {
    let matrix = Matrix::by_rule(&facts.rules, &facts.machines, &run.trials);
    let all = matrix.rows.len();
    let matrix = matrix.without_empty_rows();
    if matrix.rows.is_empty() {
        return None;
    }
    let mut out = look.heading("Conformance") + &matrix.text(look);
    let left_out = all - matrix.rows.len();
    if left_out > 0 {
        let line = format!("and {}: no trial of this run tests them", counted(left_out, "more rule"));
        out.push_str(&look.hanging(Tone::Quiet, "  ", &line));
    }
    Some(out)
}

fn cost(run: &SavedRun, look: Look) -> Option<String> {
    let mut lines = Cost::of(run).map(counted_by_kvm).unwrap_or_default();
    if let Some(Kicks { sent, late, lost }) = run.summary.as_ref().and_then(|summary| summary.kicks) {
        let never = if lost { ", and one never came" } else { "" };
        let text = format!("{late} of {sent} NMIs to a running processor, which KVM did not interrupt for them{never}");
        lines.push(("late", text));
    }
    (!lines.is_empty()).then(|| look.heading("Cost of NMIs") + &look.pairs("  ", &lines))
}

fn counted_by_kvm(cost: Cost) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            "injected",
            format!("{} in {} (KVM's nmi_injections, plain pass)", cost.injections, counted(cost.trials, "trial")),
        ),
        (
            "exits",
            format!("{:.2} for each NMI, those of the suite's own snaps and raises included", cost.per_nmi(cost.exits)),
        ),
        ("NMI-window exits", format!("{:.2} for each NMI", cost.per_nmi(cost.window_exits))),
    ];
    if let Some((entries, injections)) = cost.entries {
        let text = format!("{entries} for {injections} injected, where guests record each");
        lines.push(("handler entries", text));
    }
    lines
}

fn host(facts: &RunFacts, look: Look) -> Option<String> {
    let main = facts.host.iter().filter(|fact| !fact.detail);
    let mut lines: Vec<(&str, &str)> = main.map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
    lines.extend(facts.strategy.as_deref().map(|strategy| ("strategy", strategy)));
    (!lines.is_empty()).then(|| look.heading("Host") + &look.pairs("  ", &lines))
}

fn errata(facts: &RunFacts, look: Look) -> Option<String> {
    if facts.errata.is_empty() {
        return None;
    }
    let lines = facts.errata.iter().map(|erratum| hanging(&format!("  {}  ", erratum.id), &erratum.title, look.width));
    Some(look.heading("Errata of this processor") + &lines.collect::<String>())
}

fn ending(run: &SavedRun, summary: &Summary, look: Look) -> String {
    let seen = Summary::of(&run.trials, summary.interrupted, summary.millis);
    let line = format!(
        "{} passed, {} failed, {} known, {} skipped, {} in {}",
        seen.count(Kind::Pass),
        seen.failed(),
        seen.count(Kind::Known),
        seen.count(Kind::Skipped),
        counted(seen.count(Kind::Error), "error"),
        seconds(summary.millis),
    );
    let tone = match exit_code(summary) {
        0 => Tone::Good,
        1 => Tone::Bad,
        _ if seen.failed() > 0 => Tone::Bad,
        _ => Tone::Doubt,
    };
    let mut out = look.hanging(tone, "", &line);
    out.extend(repeats(&run.trials).map(|line| hanging("", &line, look.width)));
    advice(run, summary, &seen).iter().for_each(|line| out.push_str(&hanging("", line, look.width)));
    out
}

/// A line about repeated trials, if there are any.
fn repeats(trials: &[Trial]) -> Option<String> {
    let times = trials.iter().map(Trial::times).max().filter(|&times| times > 1)?;
    let differing = match trials.iter().filter(|trial| trial.differing().is_some()).count() {
        0 => "all in the same way".to_owned(),
        count => format!("{} not in the same way each time", counted(count, "trial")),
    };
    Some(format!("each trial ran up to {times} times, {differing}"))
}

/// A line for each machine on which nothing was tested.
fn untested(run: &SavedRun) -> Vec<String> {
    let line = |machine: String| {
        let why =
            run.trials.iter().filter(|trial| trial.id.machine == machine).find_map(|trial| match &trial.outcome {
                Outcome::Skipped { requirement } => Some(format!(": {requirement}")),
                _ => None,
            });
        format!("{} was not tested{}", machine_words(&machine), why.unwrap_or_default())
    };
    run.untested().into_iter().map(line).collect()
}

fn advice(run: &SavedRun, summary: &Summary, seen: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.interrupted {
        let planned = run.facts.as_ref().map_or(0, |facts| facts.trials);
        let planned = planned.max(run.trials.len() + run.unfinished.len());
        let (ended, planned) = (run.trials.len(), counted(planned, "trial"));
        lines.push(match &summary.stopped {
            Some(why) => format!("stopped, because {why}: {ended} of {planned} ended, the others were not run"),
            None => format!("interrupted: {ended} of {planned} ended"),
        });
    }
    if let Some(running) = run.running() {
        lines.push(format!("started and did not end: {running}"));
    }
    lines.extend(untested(run));
    lines.extend(summary.unmet.iter().map(|unmet| format!("requirement not met: {unmet}")));
    if seen.count(Kind::Error) > 0 {
        lines.push("errors are not test results: fix what ERROR names above and run again; `nmi host` shows what this host lacks".to_owned());
    }
    for StaleEntry { id, reason } in &summary.stale {
        lines.push(format!("a known deviation showed in no trial, so its entry must go: {reason} ({id})"));
    }
    let parted = run.trials.iter().find(|trial| trial.outcome.divergence().is_some());
    if let Some(trial) = parted {
        lines.push(format!("next: `nmi explain {}` shows listing, timeline and rules", trial.id.case));
    }
    if summary.executed == 0 && !summary.interrupted {
        lines.push("nothing executed, so nothing is shown: `nmi host` says what cannot run here and why".to_owned());
    } else if seen.count(Kind::Skipped) > 0 && lines.is_empty() {
        lines.push("`nmi host` says why trials were skipped".to_owned());
    }
    lines
}
