use std::fmt;

use serde::Serialize;

use crate::{Kind, Outcome};

/// How a trial ended, in a word and a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Said {
    /// The kind of its outcome.
    pub kind: Kind,
    /// What to say of it in one line, if anything.
    pub headline: Option<String>,
}

impl Said {
    pub(crate) fn of(outcome: &Outcome) -> Said {
        Said { kind: outcome.kind(), headline: outcome.headline() }
    }

    /// Whether something went wrong: it is no pass and no skip.
    pub fn is_wrong(&self) -> bool {
        !matches!(self.kind, Kind::Pass | Kind::Skipped)
    }
}

impl fmt::Display for Said {
    /// `pass`, `mismatch: want nmi, got after`, `skipped: why`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind.name();
        match &self.headline {
            None => f.write_str(name),
            Some(headline) if headline.starts_with(name) => f.write_str(headline),
            Some(headline) => write!(f, "{name}: {headline}"),
        }
    }
}
