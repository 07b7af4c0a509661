//! Groups the changed trials of a case that changed in the same way, for one line of a report.

use std::collections::BTreeMap;

use super::{Change, Comparison};
use crate::layout::{counted, listed};
use crate::{Ending, TrialId};

/// The trials of one case that changed in the same way.
pub(super) struct CaseChange<'a> {
    pub(super) case: &'a str,
    pub(super) before: Option<&'a Ending>,
    pub(super) after: Option<&'a Ending>,
    pub(super) trials: Vec<&'a TrialId>,
    by_machine: bool,
    /// How many trials the case has in either run.
    of: usize,
}

/// How trials ended in A and in B.
type Way<'a> = (Option<&'a Ending>, Option<&'a Ending>);

impl Comparison {
    /// The trials that changed in this way, grouped by case and endings, in order of the cases. For cases with other contents the
    /// endings are left out.
    pub(super) fn folds(&self, change: Change) -> Vec<CaseChange<'_>> {
        let judged = change != Change::CaseChanged;
        let mut folds: BTreeMap<(&str, Way<'_>), Vec<&TrialId>> = BTreeMap::new();
        for one in self.changes.iter().filter(|one| one.change == change) {
            let before = one.before.as_ref().filter(|_| judged);
            let after = one.after.as_ref().filter(|_| judged);
            folds.entry((&one.id.case, (before, after))).or_default().push(&one.id);
        }
        let mut result = Vec::new();
        for ((case, (before, after)), trials) in folds {
            let of = self.of_case.get(case).copied().unwrap_or(trials.len());
            result.push(CaseChange { case, before, after, trials, by_machine: self.by_machine, of });
        }
        result
    }
}

impl CaseChange<'_> {
    /// Which trials: `all 12 trials`, `2 of 12 trials: long::ioctl, long::msi`.
    pub(super) fn which(&self) -> String {
        let variants: Vec<String> = self.trials.iter().map(|id| self.variant(id)).collect();
        match self.trials.len() {
            count if count == self.of && count > 1 => format!("all {count} trials"),
            count if count == self.of => variants.join(", "),
            count => format!("{count} of {}: {}", counted(self.of, "trial"), listed(&variants, NAMED)),
        }
    }

    fn variant(&self, id: &TrialId) -> String {
        if self.by_machine { id.variant() } else { format!("{}::{}", id.mode, id.path) }
    }

    /// From what to what: `pass -> hang: want nmi`.
    pub(super) fn how(&self) -> Option<String> {
        Some(match (self.before, self.after) {
            (Some(before), Some(after)) if before == after => before.to_string(),
            (Some(before), Some(after)) => format!("{before} -> {after}"),
            (Some(before), None) => format!("was {before}"),
            (None, Some(after)) => after.to_string(),
            (None, None) => return None,
        })
    }
}

/// Most trials named beside a case.
const NAMED: usize = 4;
