//! The host's steps, resolved.

use guests::Outline;
use x86::debug::BREAKPOINTS;

use super::names::name_at;
use super::values::{number, required, word};
use crate::case::diagnostics::{Place, Report, did_you_mean, meant, nearest};
use crate::case::parse::{At, RawAction, RawCase, RawChange, RawStep};
use crate::case::{HostStep, Moment, StepKind};
use crate::terms::{EventsChange, Shadow};

/// What the host does, and when.
pub(super) fn resolve(raw: &RawCase, outline: &Outline, report: &mut Report) -> Vec<HostStep> {
    let Some(list) = raw.host.get() else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "the host does nothing here: name a step, or leave the key out");
    }
    let mut steps: Vec<HostStep> = Vec::new();
    let mut befores = 0;
    for step in &list.value {
        let moment = moment(step, outline, report);
        let actions = actions(step, report);
        let Some((moment, place)) = moment else { continue };
        if steps.iter().any(|earlier| earlier.moment == moment) {
            let help = "put all its actions into one `do`";
            report.add_help(place, "duplicate-step", "an earlier step has this moment", help);
        }
        if matches!(moment, Moment::Before(_)) {
            befores += 1;
            if befores == usize::from(BREAKPOINTS) + 1 {
                let message = format!("a processor has {BREAKPOINTS} breakpoints, and this `before` needs one more");
                report.add(place, "too-many-breakpoints", message);
            }
        }
        steps.push(HostStep { moment, actions });
    }
    steps
}

/// When a step happens: exactly one of `at` and `before`.
fn moment(step: &At<RawStep>, outline: &Outline, report: &mut Report) -> Option<(Moment, Place)> {
    match (step.value.at.get(), step.value.before.get()) {
        (Some(at), None) => {
            let name = name_at(at, report)?;
            known_snap(&name.name, at.place, outline, report);
            Some((Moment::At(name), at.place))
        }
        (None, Some(label)) => {
            if !outline.labels.contains_key(&label.value) {
                let help = did_you_mean(&label.value, outline.labels.keys().map(String::as_str));
                report.push(label.place, "unknown-label", format!("unknown label `{}`", label.value), help);
            }
            Some((Moment::Before(label.value.clone()), label.place))
        }
        (Some(_), Some(before)) => {
            report.add(before.place, "bad-step", "a step has one moment: `at` or `before`, not both");
            None
        }
        (None, None) => {
            report.add_help(step.place, "bad-step", "this step has no moment", "add `at: SNAP` or `before: LABEL`");
            None
        }
    }
}

/// Reports a name that is not that of a snap.
pub(super) fn known_snap(name: &str, place: Place, outline: &Outline, report: &mut Report) {
    if outline.is_snap(name) {
        return;
    }
    if outline.marks.contains_key(name) {
        let message = format!("`{name}` is a mark: the host sees nothing there");
        report.add_help(place, "not-a-snap", message, "write `snap` instead of `mark`");
    } else {
        let help = nearest(name, outline.snaps()).map(meant);
        report.push(place, "unknown-snap", format!("the guest has no snap `{name}`"), help);
    }
}

fn actions(step: &At<RawStep>, report: &mut Report) -> Vec<StepKind> {
    let Some(list) = required(&step.value.actions, "do", step.place, report) else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "this step does nothing");
    }
    list.value.iter().filter_map(|raw| action(raw, report)).collect()
}

fn action(raw: &At<RawAction>, report: &mut Report) -> Option<StepKind> {
    Some(match &raw.value {
        RawAction::Raise(count) => StepKind::Raise(number(count, "the number of NMIs", 1..=255, report)?),
        RawAction::Events(change) => {
            if *change == RawChange::default() {
                report.add_help(raw.place, "empty-value", "this changes nothing", "write `round-trip`");
            }
            StepKind::Events(changed(change, report))
        }
        RawAction::RoundTrip => StepKind::RoundTrip,
        RawAction::Migrate => StepKind::Migrate,
        RawAction::Irq => StepKind::Irq,
        RawAction::Smi => StepKind::Smi,
    })
}

fn changed(raw: &RawChange, report: &mut Report) -> EventsChange {
    EventsChange {
        injected: raw.injected.value(),
        pending: raw.pending.get().and_then(|at| number(at, "`pending`", 0..=255, report)),
        masked: raw.masked.value(),
        shadow: raw.shadow.get().and_then(|at| shadow(at, report)),
    }
}

/// Looks up a shadow.
pub(super) fn shadow(at: &At<String>, report: &mut Report) -> Option<Shadow> {
    let table: Vec<(&'static str, Shadow)> = Shadow::ALL.iter().map(|shadow| (shadow.name(), *shadow)).collect();
    word(at, "shadow", &table, report)
}
