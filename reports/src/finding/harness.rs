//! Errors of the suite itself.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ExitKind, Lack};

/// An error of the suite itself or of its environment: never a verdict.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harness {
    /// A guest could not be built.
    #[error("building {guest}")]
    Build {
        /// The guest's name.
        guest: String,
        /// The first error in it.
        error: String,
    },
    /// A guest of the suite's own ended differently from what its program says.
    #[error("{guest} ended with {ended} on processor {cpu}")]
    End {
        /// The guest's name.
        guest: String,
        /// The kind of its last exit.
        ended: ExitKind,
        /// The processor.
        cpu: u8,
    },
    /// No mode for a guest that keeps the host busy.
    #[error("a busy guest")]
    Mode,
    /// A thread of the load panicked.
    #[error("keeping the host busy")]
    Load,
    /// What the manuals leave open in a case has too many combinations.
    #[error("more than {most} ways through what the manuals leave open")]
    Ways {
        /// The most that are taken.
        most: usize,
    },
    /// A model cannot run a case that is to be shown.
    #[error("showing what is wanted of {case}")]
    Show {
        /// The case.
        case: String,
        /// What the model lacks.
        requirement: Lack,
    },
    /// The suite's process ended during a trial, and the host lived on.
    #[error("the suite ended in the middle of this trial")]
    Ended {
        /// Its last words.
        words: String,
    },
    /// A bare machine gave no result for a guest.
    #[error("this guest had no turn")]
    Turn {
        /// Why not.
        why: String,
    },
    /// The guest is not in the image of the bare machine.
    #[error("this guest is not in the image")]
    Image,
    /// A bare machine cannot do what only a host does.
    #[error("{what}")]
    Host {
        /// What was to be done.
        what: String,
    },
}

impl Harness {
    /// The likely cause and what to do next, a lowercase fragment.
    pub(super) fn likely(&self) -> String {
        match self {
            Harness::Build { error, .. } => return format!("{error}; load the case to see where"),
            Harness::Show { requirement, .. } => return requirement.to_string(),
            Harness::Turn { why } => return why.clone(),
            Harness::Ended { words } if !words.is_empty() => return words.clone(),
            Harness::Ended { .. } => "it said nothing",
            Harness::End { .. } => "its program does not end so; that it did is a finding of its own",
            Harness::Mode => "this KVM runs no mode; leave it out: `--guests 0`",
            Harness::Load => "its thread panicked; this is a bug of the runner",
            Harness::Ways { .. } => "make the case's guest shorter, so that fewer of its instructions hold events back",
            Harness::Image => "it needs what the bare machine has not",
            Harness::Host { .. } => "nothing runs beside a bare machine's guest",
        }
        .to_owned()
    }
}
