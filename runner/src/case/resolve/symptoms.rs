//! Checks the symptoms of deviations and errata.

use reports::Field;

use super::values::required;
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, Symptoms};
use crate::case::symptom::{
    Any, EXIT, FRAME, FieldPatterns, FieldsPattern, HostEndPattern, MARK, MomentPattern, SymptomPattern, VIEW,
};

/// The symptoms of a deviation. Reports those that match everything and those that stand twice.
pub(super) fn list(list: &Maybe<Symptoms>, owner: Place, report: &mut Report) -> Vec<SymptomPattern> {
    let Some(list) = required(list, "symptoms", owner, report) else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "`symptoms` names nothing, so the entry never applies");
    }
    let mut seen: Vec<SymptomPattern> = Vec::new();
    for symptom in &list.value {
        check_fields(symptom, report);
        if excuses_everything(&symptom.value) {
            let message = format!("`{}` excuses whatever a trial shows with this outcome", symptom.value);
            report.add_help(symptom.place, "excuses-everything", message, "say what was seen");
        }
        if seen.contains(&symptom.value) {
            let message = format!("`{}` is already in this list", symptom.value);
            report.add(symptom.place, "duplicate-entry", message);
        }
        seen.push(symptom.value.clone());
    }
    seen
}

/// Whether it matches every symptom of an outcome that does not tell by itself what went wrong.
fn excuses_everything(symptom: &SymptomPattern) -> bool {
    match symptom {
        SymptomPattern::Mismatch(it) => (&it.want, &it.got) == (&MomentPattern::Any, &MomentPattern::Any),
        SymptomPattern::KernelWarning(it) => it.report.is_any(),
        SymptomPattern::HostDied(it) => *it == HostEndPattern::Any,
        _ => false,
    }
}

/// Reports fields that a view, frame, exit or mark does not have, and values that a field cannot have.
pub(super) fn check_fields(symptom: &At<SymptomPattern>, report: &mut Report) {
    let (what, known, pattern): (&str, &[Field], &FieldsPattern) = match &symptom.value {
        SymptomPattern::View(pattern) => ("a view", &VIEW, pattern),
        SymptomPattern::Frame(pattern) => ("a frame", &FRAME, pattern),
        SymptomPattern::Exit(pattern) => ("an exit", &EXIT, pattern),
        SymptomPattern::Mark(pattern) => ("a mark", &MARK, pattern),
        _ => return,
    };
    for side in [&pattern.want, &pattern.got] {
        let Any::Only(FieldPatterns(fields)) = side else { continue };
        for (field, value) in fields {
            let name = field.name();
            // `shadow` is a word in a view and a bit in an exit.
            let bit = what == "an exit" && *field == Field::Shadow;
            let fits = if bit { value.is_bit() } else { value.can_be(*field) };
            if !known.contains(field) {
                let help = did_you_mean(name, known.iter().map(|field| field.name()));
                report.push(symptom.place, "unknown-key", format!("{what} has no field `{name}`"), help);
            } else if !fits {
                report.add(symptom.place, "wrong-type", format!("`{name}` cannot have that value"));
            }
        }
    }
}
