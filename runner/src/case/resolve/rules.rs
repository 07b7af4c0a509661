use super::values::{filled, line, prose, prose_line, required, word};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{At, RawCitation, RawRule, RawRules, RawStatus};
use crate::case::rules::{Citation, Rule, Scope, Status};

/// The rules of one file, each with the place of its id. Reports what cannot be resolved.
pub(in crate::case) fn rules(raw: &RawRules, report: &mut Report) -> Vec<(Rule, Place)> {
    let Some(list) = required(&raw.rules, "rules", Place::START, report) else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "this file has no rule");
    }
    list.value.iter().map(|raw| rule(raw, report)).collect()
}

/// Checks the form of an id that is not a case's: `noun` is what it is one of, and `like` an example.
pub(super) fn dotted(id: &str, noun: &str, like: &str, place: Place, report: &mut Report) {
    let kebab = |part: &str| !part.is_empty() && super::super::id::is_kebab(part);
    if !id.is_empty() && !id.split('.').all(kebab) {
        let help = format!("lowercase words with `-`, parts with `.`: `{like}`");
        report.add_help(place, "bad-id", format!("`{id}` is not {noun}"), help);
    }
}

fn rule(raw: &At<RawRule>, report: &mut Report) -> (Rule, Place) {
    let owner = raw.place;
    let RawRule { id, statement, scope, status, sources } = &raw.value;
    let place = id.get().map_or(owner, |id| id.place);
    let name = line(id, "id", owner, report);
    dotted(&name, "a rule's id", "block.until-iret", place, report);
    let rule = Rule {
        id: name,
        statement: prose_line(statement, "statement", owner, report),
        scope: required(scope, "scope", owner, report)
            .and_then(|scope| word(scope, "scope", &Scope::WORDS, report))
            .unwrap_or(Scope::Both),
        status: match required(status, "status", owner, report).map(|status| &status.value) {
            None | Some(RawStatus::Tested) => Status::Tested,
            Some(RawStatus::Unspecified(allowed)) => Status::Unspecified(prose(allowed, "unspecified", report)),
            Some(RawStatus::Untestable(why)) => Status::Untestable(prose(why, "untestable", report)),
        },
        sources: sources.items().iter().map(|source| citation(source, report)).collect(),
    };
    if let Some(list) = required(sources, "sources", owner, report).filter(|list| list.value.is_empty()) {
        report.add(list.place, "no-source", "a rule without a source is an opinion: name one");
    }
    (rule, place)
}

fn citation(raw: &At<RawCitation>, report: &mut Report) -> Citation {
    let RawCitation { manual, number, revision, volume, section, title } = &raw.value;
    Citation {
        manual: line(manual, "manual", raw.place, report),
        number: number.get().map(|number| filled(number, "number", report)),
        revision: line(revision, "revision", raw.place, report),
        volume: volume.get().map(|volume| filled(volume, "volume", report)),
        section: line(section, "section", raw.place, report),
        title: prose_line(title, "title", raw.place, report),
    }
}
