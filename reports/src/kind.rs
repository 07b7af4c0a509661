//! The kinds of outcomes and their classes.

use serde::{Deserialize, Serialize};

use crate::words;

/// The kind of an outcome, for counting and colouring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`crate::Outcome::Pass`].
    Pass,
    /// [`crate::Outcome::Known`].
    Known,
    /// [`crate::Outcome::Skipped`].
    Skipped,
    /// [`crate::Outcome::Mismatch`].
    Mismatch,
    /// [`crate::Outcome::Fixed`].
    Fixed,
    /// [`crate::Outcome::Unstable`].
    Unstable,
    /// [`crate::Outcome::Hang`].
    Hang,
    /// [`crate::Outcome::GuestFault`].
    GuestFault,
    /// [`crate::Outcome::Shutdown`].
    Shutdown,
    /// [`crate::Outcome::KernelWarning`].
    KernelWarning,
    /// [`crate::Outcome::HostDied`].
    HostDied,
    /// [`crate::Outcome::Error`].
    Error,
}

words!(Kind {
    Pass = "pass",
    Known = "known",
    Skipped = "skipped",
    Mismatch = "mismatch",
    Fixed = "fixed",
    Unstable = "unstable",
    Hang = "hang",
    GuestFault = "guest-fault",
    Shutdown = "shutdown",
    KernelWarning = "kernel-warning",
    HostDied = "host-died",
    Error = "error",
});

impl Kind {
    /// Its letter in narrow tables: capital for failures, small for everything else.
    pub fn letter(self) -> char {
        match self {
            Kind::Pass => '.',
            Kind::Known => 'k',
            Kind::Skipped => 's',
            Kind::Mismatch => 'M',
            Kind::Fixed => 'F',
            Kind::Unstable => 'U',
            Kind::Hang => 'H',
            Kind::GuestFault => 'G',
            Kind::Shutdown => 'S',
            Kind::KernelWarning => 'K',
            Kind::HostDied => 'D',
            Kind::Error => 'e',
        }
    }

    /// Whether the trial failed (exit code 1).
    pub fn is_failure(self) -> bool {
        self.class() == Class::Failed
    }

    /// Whether the trial deviates from the manual and no entry says so: a failure, but not that a known deviation is gone.
    pub(crate) fn deviates(self) -> bool {
        self.is_failure() && self != Kind::Fixed
    }

    /// The class that it counts as.
    pub(crate) fn class(self) -> Class {
        match self {
            Kind::Pass => Class::Passed,
            Kind::Known => Class::Known,
            Kind::Skipped => Class::Skipped,
            Kind::Error => Class::Trouble,
            Kind::Mismatch
            | Kind::Fixed
            | Kind::Unstable
            | Kind::Hang
            | Kind::GuestFault
            | Kind::Shutdown
            | Kind::KernelWarning
            | Kind::HostDied => Class::Failed,
        }
    }
}

/// Classes of outcomes in rising order of precedence: a failure outranks trouble because it is a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Skipped,
    Passed,
    Known,
    Trouble,
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_letter() {
        let letters: std::collections::BTreeSet<char> = Kind::ALL.into_iter().map(Kind::letter).collect();
        assert_eq!(letters.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(kind.letter().is_uppercase(), kind.is_failure(), "{}", kind.name());
        }
    }
}
