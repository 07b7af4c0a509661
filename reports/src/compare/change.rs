//! What became of a trial from one run to the next.

use serde::Serialize;

use crate::{Kind, Outcome, words};

/// What became of a trial from run A to run B.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It did not fail in A and fails in B.
    Broken,
    /// It started in B and did not end: B was cut off during it.
    Unended,
    /// It has a verdict in A and ended in trouble in B.
    Trouble,
    /// It fails, deviates or has trouble in both, but differently in B than in A.
    OtherSymptom,
    /// It is a known deviation in B and was not in A.
    NowKnown,
    /// It is skipped in B and was not in A.
    NowSkipped,
    /// B does not have it.
    Gone,
    /// Its case has other contents in B, so the outcomes are not compared.
    CaseChanged,
    /// It was skipped in A and is not in B.
    NoLongerSkipped,
    /// A does not have it.
    New,
    /// It passes in B, or a known deviation does not show there, and it ended differently in A.
    Fixed,
}

words!(Change {
    Broken = "broken",
    Unended = "did not end",
    Trouble = "now in trouble",
    OtherSymptom = "other symptom",
    NowKnown = "now known",
    NowSkipped = "now skipped",
    Gone = "gone",
    CaseChanged = "case changed",
    NoLongerSkipped = "no longer skipped",
    New = "new",
    Fixed = "fixed",
});

impl Change {
    /// Whether this makes B worse than A.
    pub fn is_worse(self) -> bool {
        matches!(self, Change::Broken | Change::Unended | Change::Trouble)
    }

    /// From one outcome to another of the same contents. None: unchanged.
    pub(super) fn between(before: &Outcome, after: &Outcome) -> Option<Change> {
        let (was, is) = (before.kind(), after.kind());
        Some(match (was, is) {
            _ if before.is_like(after) => return None,
            (Kind::Skipped, _) => Change::NoLongerSkipped,
            (_, Kind::Skipped) => Change::NowSkipped,
            (_, Kind::Pass | Kind::Fixed) => Change::Fixed,
            _ if was == is => Change::OtherSymptom,
            (_, Kind::Known) => Change::NowKnown,
            (_, Kind::Error) => Change::Trouble,
            _ if was.deviates() => Change::OtherSymptom,
            _ => Change::Broken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Divergence, samples};

    #[test]
    fn changes_between_all_kinds() {
        let outcomes = samples::outcomes();
        for before in &outcomes {
            for after in &outcomes {
                let change = Change::between(before, after);
                let (was, is) = (before.kind(), after.kind());
                assert_eq!(change.is_none(), was == is, "{was:?} {is:?}");
                let fails = is.is_failure() && is != Kind::Fixed;
                let failed = was.is_failure() && was != Kind::Fixed;
                let broken = fails && !failed && was != Kind::Skipped;
                assert_eq!(change == Some(Change::Broken), broken, "{was:?} {is:?}");
                let doubtful = is == Kind::Error && ![Kind::Skipped, Kind::Error].contains(&was);
                assert_eq!(change == Some(Change::Trouble), doubtful, "{was:?} {is:?}");
            }
        }
    }

    #[test]
    fn another_symptom_of_the_same_kind_is_a_change() {
        let other = samples::got(crate::Moment::mark("iret"));
        let [one, other] = [samples::divergence(), other].map(Outcome::Mismatch);
        assert_eq!(Change::between(&one, &other), Some(Change::OtherSymptom));
        let elsewhere = Divergence { rerun: "another command".to_owned(), at: 9, ..samples::divergence() };
        assert_eq!(Change::between(&one, &Outcome::Mismatch(elsewhere)), None);
    }

    #[test]
    fn every_change_has_its_place_and_name() {
        assert!(Change::ALL.is_sorted());
        let names: std::collections::BTreeSet<&str> = Change::ALL.into_iter().map(Change::name).collect();
        assert_eq!(names.len(), Change::ALL.len());
    }
}
