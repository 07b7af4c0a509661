//! How a trial ended, without what differs from run to run, for comparisons and grids.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::{Kind, Lack, Outcome, Symptom};

/// How a trial ended, without what differs from run to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ending {
    /// The kind of its outcome.
    pub kind: Kind,
    /// What went wrong, if anything.
    symptom: Option<Symptom>,
    /// The requirement that failed, if it was skipped.
    lacked: Option<Lack>,
}

impl Ending {
    pub(crate) fn of(outcome: &Outcome) -> Ending {
        let lacked = match outcome {
            Outcome::Skipped { requirement } => Some(requirement.clone()),
            _ => None,
        };
        Ending { kind: outcome.kind(), symptom: outcome.symptom(), lacked }
    }

    /// Whether something went wrong: it is neither a pass nor a skip.
    pub fn is_wrong(&self) -> bool {
        !matches!(self.kind, Kind::Pass | Kind::Skipped)
    }

    /// A description in one line, if something went wrong or it was skipped.
    pub fn headline(&self) -> Option<String> {
        self.symptom.as_ref().map(Symptom::to_string).or_else(|| self.lacked.as_ref().map(Lack::to_string))
    }
}

impl Serialize for Ending {
    /// For reports: nothing reads it back.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Ending", 2)?;
        out.serialize_field("kind", &self.kind)?;
        out.serialize_field("headline", &self.headline())?;
        out.end()
    }
}

impl fmt::Display for Ending {
    /// `pass`, `mismatch: want nmi, got after`, `skipped: why`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind.name();
        match self.headline() {
            None => f.write_str(name),
            // A sentence about what went wrong begins with the kind.
            Some(headline) if self.symptom.as_ref().is_some_and(|symptom| symptom.kind == self.kind) => {
                f.write_str(&headline)
            }
            Some(headline) => write!(f, "{name}: {headline}"),
        }
    }
}
