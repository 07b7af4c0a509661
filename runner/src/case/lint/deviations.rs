//! Checks known deviations against the cases and each other.

use std::collections::BTreeSet;

use globset::GlobBuilder;

use crate::case::deviations::Deviation;
use crate::case::diagnostics::Report;
use crate::case::resolve::Places;

/// Every glob must match a case, and no two entries may expect the same symptom of the same trial.
pub(in crate::case) fn deviations(list: &[(Deviation, Places)], ids: &[String], report: &mut Report) {
    for (index, (deviation, Places { cases: place, .. })) in list.iter().enumerate() {
        for pattern in &deviation.cases {
            let glob = GlobBuilder::new(pattern).literal_separator(true).build().map(|glob| glob.compile_matcher());
            if glob.is_ok_and(|glob| !ids.iter().any(|id| glob.is_match(id))) {
                let message = format!("no case matches `{pattern}`");
                report.add_help(*place, "deviation-without-case", message, "`*` stays within a folder, `**` does not");
            }
        }
        let matched: Vec<&String> = ids.iter().filter(|id| deviation.globs.is_match(id)).collect();
        let earlier = list.iter().take(index).map(|(earlier, _)| earlier);
        let twice = |other: &Deviation| {
            other.symptoms.iter().any(|symptom| deviation.symptoms.contains(symptom))
                && matched.iter().any(|id| other.globs.is_match(id))
                && overlap(deviation, other)
        };
        if let Some(other) = earlier.into_iter().find(|other| twice(other)) {
            let message =
                format!("the entry for `{}` says the same of the same trials already", other.cases.join("`, `"));
            report.add_help(*place, "duplicate-deviation", message, "narrow one of the two, or join them");
        }
    }
}

/// Reports ids that two deviations have.
pub(in crate::case) fn same_ids(files: &mut [(Vec<(Deviation, Places)>, Report)]) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    // The embedded ones, which come last, had their ids first.
    for (list, report) in files.iter_mut().rev() {
        for (deviation, places) in list.iter().filter(|(deviation, _)| !deviation.id.is_empty()) {
            if !seen.insert(&deviation.id) {
                report.add(places.id, "duplicate-id", format!("the id `{}` is taken already", deviation.id));
            }
        }
    }
}

/// Whether two deviations can concern the same trial of one case. Two different kernel ranges are taken to be apart.
fn overlap(one: &Deviation, other: &Deviation) -> bool {
    fn meet<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.is_empty() || other.is_empty() || one.iter().any(|value| other.contains(value))
    }
    let kernels = match (&one.kernels, &other.kernels) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let parameters = one.parameters.iter().all(|(name, value)| other.parameters.get(name).is_none_or(|it| it == value));
    kernels
        && parameters
        && one.strategies.iter().any(|strategy| other.strategies.contains(strategy))
        && meet(&one.modes, &other.modes)
        && meet(&one.paths, &other.paths)
}
