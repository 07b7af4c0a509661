use std::time::Duration;

use reports::Trial;

use super::plan::Planned;
use super::rerun::Rerun;
use super::trial::Report;
use crate::case::{Library, Site};
use crate::judge::{Deviation, settle};

/// The report of a trial that ended, with the known deviations of its site applied.
///
/// It needs no machine, so a trial that took its host down can be reported from outside.
pub fn ended(library: &Library, planned: &Planned<'_>, site: &Site, report: Report, took: Duration) -> Trial {
    let Planned { id, case, mode, path, .. } = planned;
    let known = library.deviations_of(&case.id, site, *mode, *path);
    let known: Vec<Deviation<'_>> = known.into_iter().map(as_judged).collect();
    let mut outcome = settle(report.outcome, &known);
    Rerun::default().put_into(&mut outcome, id, case);
    Trial {
        id: id.clone(),
        summary: case.summary.clone(),
        rules: case.rules.clone(),
        hash: case.hash.clone(),
        outcome,
        statistics: report.statistics,
        micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        repeats: Default::default(),
    }
}

fn as_judged(entry: &crate::case::Deviation) -> Deviation<'_> {
    let sometimes = entry.sometimes.is_some();
    Deviation { id: &entry.id, symptoms: &entry.symptoms, reason: &entry.reason, sometimes }
}
