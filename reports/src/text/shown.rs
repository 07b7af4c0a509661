//! Which trials the end of the text report shows in full.

use std::cmp::Reverse;

use crate::groups::{Group, by};
use crate::{Kind, Outcome, Trial};

/// Failures: one group for each case and symptom, or for each known deviation that did not show.
pub(super) fn failures(trials: &[Trial]) -> Vec<Group<&Trial>> {
    by(trials, |trial| match &trial.outcome {
        Outcome::Fixed { reason, .. } => Some(("", reason.as_str(), trial.outcome.symptom()?)),
        outcome if outcome.kind().is_failure() => Some((trial.id.case.as_str(), "", outcome.symptom()?)),
        _ => None,
    })
}

/// Trials of these kinds, the worst kind first: one group for each case and what is said of it, or for each cause where
/// one spans cases.
pub(super) fn of_kinds<'a>(trials: &'a [Trial], kinds: &[Kind]) -> Vec<Group<&'a Trial>> {
    let mut groups = by(trials, |trial| {
        let kind = trial.outcome.kind();
        let (why, lack) = match &trial.outcome {
            Outcome::Known { reason, .. } | Outcome::Fixed { reason, .. } => (reason.as_str(), None),
            Outcome::Skipped { requirement } => ("", Some(requirement)),
            _ => ("", None),
        };
        let case = if spans_cases(kind) { "" } else { trial.id.case.as_str() };
        kinds.contains(&kind).then(|| (kind, case, trial.outcome.symptom(), why, lack))
    });
    groups.sort_by_key(|group| Reverse(group.kind()));
    groups
}

/// Whether a group of this kind may hold trials of several cases.
pub(super) fn spans_cases(kind: Kind) -> bool {
    matches!(kind, Kind::Fixed | Kind::Error)
}
