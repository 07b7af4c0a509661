//! Known deviations, resolved.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobSet};
use guests::Mode;

use super::symptoms;
use super::values::{filled, fragment, prose_line, required, words as look_up};
use crate::case::deviations::Deviation;
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, RawDeviation, RawDeviations, Words};
use crate::case::vocabulary;
use crate::terms::Path;

/// Strategies of the modules in the kernel's tree.
const STRATEGIES: [&str; 4] = ["amd-event-injection", "amd-vnmi", "intel-soft-vnmi", "intel-vnmi"];
/// What the strategy of any other module, and the names of machines that are not this host's KVM, start with.
const NAMED: [&str; 4] = ["other:", "model:", "faulty:", "bare:"];

/// The known deviations, each with the place of its glob. What cannot be resolved is reported, and its entry left out.
pub(in crate::case) fn deviations(raw: &RawDeviations, report: &mut Report) -> Vec<(Deviation, Place)> {
    let Some(list) = required(&raw.deviations, "deviations", Place::START, report) else { return Vec::new() };
    list.value.iter().filter_map(|raw| deviation(raw, report)).collect()
}

fn deviation(raw: &At<RawDeviation>, report: &mut Report) -> Option<(Deviation, Place)> {
    let owner = raw.place;
    let RawDeviation {
        cases,
        strategies,
        emulators,
        parameters,
        kernels,
        modes,
        paths,
        symptoms,
        sometimes,
        reason,
        evidence,
    } = &raw.value;
    let place = cases.get().map_or(owner, |cases| cases.place);
    let patterns = lines(cases, "cases", owner, report);
    let known_modes: Vec<&str> = Mode::ALL.iter().map(|mode| mode.name()).collect();
    let mode = |word: &str| word.parse().into_iter().collect();
    let path = |word: &str| if word == Path::None.name() { vec![Path::None] } else { vocabulary::path(word) };
    let one = Deviation {
        strategies: strategy_words(strategies, owner, report),
        emulators: emulators.get().map_or(Vec::new(), |_| lines(emulators, "emulators", owner, report)),
        parameters: setting(parameters.get(), report),
        kernels: kernels.get().and_then(|range| match range.value.parse() {
            Ok(range) => Some(range),
            Err(problem) => {
                report.add(range.place, "bad-kernel-range", problem);
                None
            }
        }),
        modes: all(modes, ("unknown-mode", "mode"), &known_modes, mode, report),
        paths: all(paths, ("unknown-path", "path"), &vocabulary::deviation_paths(), path, report),
        symptoms: symptoms::list(symptoms, owner, report),
        sometimes: sometimes.get().map(|why| fragment(why, "sometimes", report)),
        reason: required(reason, "reason", owner, report)
            .map(|reason| fragment(reason, "reason", report))
            .unwrap_or_default(),
        evidence: prose_line(evidence, "evidence", owner, report),
        globs: globs(cases.get(), report)?,
        cases: patterns,
    };
    Some((one, place))
}

/// Parameters of modules, each `MODULE.NAME=VALUE`.
fn setting(list: Option<&Words>, report: &mut Report) -> BTreeMap<String, String> {
    let mut setting = BTreeMap::new();
    for word in list.map_or(&[][..], |list| &list.value) {
        match word.value.split_once('=').filter(|(name, value)| name.contains('.') && !value.is_empty()) {
            Some((name, value)) if setting.insert(name.to_owned(), value.to_owned()).is_none() => {}
            Some((name, _)) => {
                report.add(word.place, "duplicate-entry", format!("parameter `{name}` is already in this list"));
            }
            None => {
                let message = format!("`{}` is no parameter of a module", word.value);
                report.add_help(
                    word.place,
                    "bad-parameter",
                    message,
                    "write module, name and value: `kvm_intel.ept=N`",
                );
            }
        }
    }
    setting
}

fn all<T: Copy + PartialEq>(
    list: &Maybe<Words>,
    what: (&'static str, &str),
    known: &[&str],
    find: impl Fn(&str) -> Vec<T>,
    report: &mut Report,
) -> Vec<T> {
    let found = list.get().map(|list| look_up(list, what, known, find, report)).unwrap_or_default();
    found.into_iter().map(|(value, _)| value).collect()
}

fn strategy_words(list: &Maybe<Words>, owner: Place, report: &mut Report) -> Vec<String> {
    let Some(list) = required(list, "strategies", owner, report) else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "this list names no strategy, so the entry never applies");
    }
    let mut seen: Vec<String> = Vec::new();
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
        if seen.contains(&word.value) {
            report.add(word.place, "duplicate-entry", format!("strategy `{}` is already in this list", word.value));
        }
        seen.push(word.value.clone());
    }
    seen
}

/// The texts of a list that must not be empty.
fn lines(list: &Maybe<Words>, key: &str, owner: Place, report: &mut Report) -> Vec<String> {
    let Some(list) = required(list, key, owner, report) else { return Vec::new() };
    if list.value.is_empty() {
        report.add(list.place, "empty-list", format!("`{key}` names nothing, so the entry never applies"));
    }
    let mut seen: Vec<String> = Vec::new();
    for text in &list.value {
        let line = filled(text, key, report);
        if seen.contains(&line) {
            report.add(text.place, "duplicate-entry", format!("`{line}` is already in this list"));
        }
        seen.push(line);
    }
    seen
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
    if good { set.build().ok() } else { None }
}
