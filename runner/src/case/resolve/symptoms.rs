use reports::Kind;

use crate::case::diagnostics::{Report, did_you_mean};
use crate::case::parse::At;

/// Outcomes that show no symptom.
const WITHOUT: [Kind; 4] = [Kind::Pass, Kind::Known, Kind::Fixed, Kind::Skipped];
/// Outcomes whose name alone says nothing of what went wrong.
const BROAD: [Kind; 4] = [Kind::Mismatch, Kind::Error, Kind::KernelWarning, Kind::HostDied];

/// A deviation's symptom must begin with an outcome, and must not excuse whatever that outcome may be about.
pub(super) fn check(symptom: &At<String>, report: &mut Report) {
    let Some(kind) = outcome(symptom, report) else { return };
    let said = symptom.value.trim_start().strip_prefix(kind.name()).unwrap_or_default();
    let any = said.replace("want", "").replace("got", "").chars().all(|c| "*:,".contains(c) || c.is_whitespace());
    if any && BROAD.contains(&kind) {
        let message = format!("`{}` excuses whatever a trial shows with this outcome", symptom.value);
        report.add_help(symptom.place, "excuses-everything", message, "say what was seen, as the report words it");
    }
}

/// The outcome that a symptom begins with. Reports one that begins with none, for it fits everything or nothing.
pub(super) fn outcome(symptom: &At<String>, report: &mut Report) -> Option<Kind> {
    let word = symptom.value.trim_start().split([':', '*', ' ']).next().unwrap_or_default();
    let kinds = || Kind::ALL.into_iter().filter(|kind| !WITHOUT.contains(kind));
    let found = kinds().find(|kind| kind.name() == word);
    if found.is_none() {
        let known: Vec<&str> = kinds().map(Kind::name).collect();
        let (code, message) = match word {
            "" => ("excuses-everything", format!("`{}` does not begin with an outcome", symptom.value)),
            _ => ("unknown-outcome", format!("`{word}` is no outcome that shows a symptom")),
        };
        report.push(symptom.place, code, message, did_you_mean(word, known.iter().copied()));
    }
    found
}
