//! Errors of the suite itself.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ExitKind, ModelLack};

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
        requirement: ModelLack,
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
        why: NoTurn,
    },
    /// The guest is not in the image of the bare machine.
    #[error("this guest is not in the image")]
    Image,
    /// A bare machine cannot do what only a host does.
    #[error("{what}")]
    Host {
        /// What was to be done.
        what: HostAct,
    },
}

/// Why a bare machine gave no result for a guest.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoTurn {
    /// The supervisor has no handler for what came outside of the guest.
    #[error("there was an exception outside of the guest, in the supervisor")]
    Supervisor,
    /// The output is cut off in this guest.
    #[error("what the machine wrote ends within this guest")]
    CutWithin,
    /// A later guest has run.
    #[error("the supervisor passed it over")]
    PassedOver,
    /// The output is cut off in an earlier guest.
    #[error("what the machine wrote ends before this guest")]
    CutBefore,
    /// The supervisor did not start.
    #[error("the machine did not come to its first word ({console})")]
    NoWord {
        /// The file with the machine's console.
        console: String,
    },
    /// The supervisor started none of the guests that were left.
    #[error("no guest started ({console})")]
    NoGuest {
        /// The file with the machine's console.
        console: String,
    },
}

/// What only a host does.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostAct {
    /// It raises an NMI.
    #[error("raising an NMI")]
    Raise,
    /// It arms an NMI.
    #[error("arming an NMI")]
    Arm,
    /// It raises an interrupt.
    #[error("raising an interrupt")]
    Interrupt,
    /// It raises an SMI.
    #[error("raising an SMI")]
    Smi,
    /// It reads the events.
    #[error("reading the events")]
    Events,
    /// It writes the events.
    #[error("setting the events")]
    SetEvents,
    /// It saves and restores the guest.
    #[error("saving and restoring")]
    Migrate,
    /// It sets breakpoints.
    #[error("setting breakpoints")]
    SetBreakpoints,
}

impl Harness {
    /// The likely cause and what to do next, a lowercase fragment.
    pub(super) fn likely(&self) -> String {
        match self {
            Harness::Build { error, .. } => return format!("{error}; load the case to see where"),
            Harness::Show { requirement, .. } => return requirement.to_string(),
            Harness::Turn { why } => return why.to_string(),
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
