//! Known deviations, resolved.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet};

use super::rules::dotted;
use super::symptoms;
use super::values::{distinct, filled, fragment, line, modes, number, prose_line, required, without_places, words};
use crate::case::KernelRange;
use crate::case::deviations::Deviation;
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, RawDeviation, RawDeviations, Words};
use crate::case::vocabulary;
use crate::terms::Path;

/// The strategies of kvm_amd and kvm_intel.
const STRATEGIES: [&str; 4] = ["amd-event-injection", "amd-vnmi", "intel-soft-vnmi", "intel-vnmi"];
/// Prefixes of the strategies of other modules, and of the names of machines other than this host's KVM.
const NAMED: [&str; 4] = ["other:", "model:", "faulty:", "bare:"];

/// Where the keys of an entry stand.
#[derive(Clone, Copy, Debug)]
pub(in crate::case) struct Places {
    /// `id`.
    pub(in crate::case) id: Place,
    /// `cases`.
    pub(in crate::case) cases: Place,
}

/// The known deviations, each with its places. Reports what cannot be resolved, and leaves out entries with bad globs.
pub(in crate::case) fn deviations(raw: &RawDeviations, report: &mut Report) -> Vec<(Deviation, Places)> {
    let Some(list) = required(&raw.deviations, "deviations", Place::START, report) else { return Vec::new() };
    list.value.iter().filter_map(|raw| deviation(raw, report)).collect()
}

fn deviation(raw: &At<RawDeviation>, report: &mut Report) -> Option<(Deviation, Places)> {
    let owner = raw.place;
    let RawDeviation {
        id,
        cases,
        strategies,
        emulators,
        parameters,
        kernels,
        modes: in_modes,
        paths,
        symptoms,
        sometimes,
        reason,
        findings,
        evidence,
    } = &raw.value;
    let places =
        Places { id: id.get().map_or(owner, |id| id.place), cases: cases.get().map_or(owner, |cases| cases.place) };
    let name = line(id, "id", owner, report);
    dotted(&name, "the id of a deviation", "pvm.gate-of-any-type", places.id, report);
    let patterns = lines(cases, "cases", owner, report);
    let path = |word: &str| if word == Path::None.name() { vec![Path::None] } else { vocabulary::path(word) };
    let one = Deviation {
        id: name,
        strategies: strategy_words(strategies, owner, report),
        emulators: emulators.get().map_or(Vec::new(), |_| lines(emulators, "emulators", owner, report)),
        parameters: settings(parameters.items(), report),
        kernels: kernels.get().and_then(|range| match range.value.parse::<KernelRange>() {
            Ok(range) => Some(range),
            Err(problem) => {
                report.add(range.place, "bad-kernel-range", problem.to_string());
                None
            }
        }),
        modes: without_places(&modes(in_modes, report)),
        paths: without_places(&words(paths, "unknown-path", &vocabulary::deviation_paths(), path, report)),
        symptoms: symptoms::list(symptoms, owner, report),
        sometimes: sometimes.get().map(|why| fragment(why, "sometimes", report)),
        reason: required(reason, "reason", owner, report)
            .map(|reason| fragment(reason, "reason", report))
            .unwrap_or_default(),
        findings: numbers(findings.get(), report),
        evidence: prose_line(evidence, "evidence", owner, report),
        globs: globs(cases.get(), report)?,
        cases: patterns,
    };
    Some((one, places))
}

/// The numbers of findings.
fn numbers(list: Option<&At<Vec<At<u64>>>>, report: &mut Report) -> Vec<u32> {
    let Some(list) = list else { return Vec::new() };
    if list.value.is_empty() {
        report.add_help(list.place, "empty-list", "this list names no finding", "name one, or leave `findings` out");
    }
    let mut numbers = Vec::new();
    for at in &list.value {
        match number(at, "the number of a finding", 1..=u64::from(u32::MAX), report) {
            Some(one) if numbers.contains(&one) => {
                report.add(at.place, "duplicate-entry", format!("finding {one} is already in this list"));
            }
            found => numbers.extend(found),
        }
    }
    numbers
}

/// Parameters of modules, each `MODULE.NAME=VALUE`.
fn settings(list: &[At<String>], report: &mut Report) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for word in list {
        match word.value.split_once('=').filter(|(name, value)| name.contains('.') && !value.is_empty()) {
            Some((name, value)) if settings.insert(name.to_owned(), value.to_owned()).is_none() => {}
            Some((name, _)) => {
                report.add(word.place, "duplicate-entry", format!("parameter `{name}` is already in this list"));
            }
            None => {
                let message = format!("`{}` is no parameter of a module", word.value);
                let help = "write module, name and value: `kvm_intel.ept=N`";
                report.add_help(word.place, "bad-parameter", message, help);
            }
        }
    }
    settings
}

fn strategy_words(list: &Maybe<Words>, owner: Place, report: &mut Report) -> Vec<String> {
    let Some(list) = required(list, "strategies", owner, report) else { return Vec::new() };
    for word in &list.value {
        let module = NAMED.iter().find_map(|prefix| word.value.strip_prefix(prefix));
        let named = |module: &str| {
            !module.is_empty() && module.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        };
        if !STRATEGIES.contains(&word.value.as_str()) && !module.is_some_and(named) {
            let known = STRATEGIES.into_iter().chain(["other:<module>"]);
            let help = did_you_mean(&word.value, known);
            report.push(word.place, "unknown-strategy", format!("unknown strategy `{}`", word.value), help);
        }
    }
    distinct(list, "strategy ", "this list names no strategy, so the entry never applies", report)
}

/// The texts of a required list.
fn lines(list: &Maybe<Words>, key: &str, owner: Place, report: &mut Report) -> Vec<String> {
    let Some(list) = required(list, key, owner, report) else { return Vec::new() };
    distinct(list, "", &format!("`{key}` names nothing, so the entry never applies"), report);
    list.value.iter().map(|text| filled(text, key, report)).collect()
}

fn globs(list: Option<&Words>, report: &mut Report) -> Option<GlobSet> {
    let mut set = GlobSet::builder();
    let mut good = true;
    for pattern in &list?.value {
        match GlobBuilder::new(&pattern.value).literal_separator(true).build() {
            Ok(glob) => drop(set.add(glob)),
            Err(error) => {
                report.add(pattern.place, "bad-glob", format!("this is not a glob: {}", error.kind()));
                good = false;
            }
        }
    }
    set.build().ok().filter(|_| good)
}
