//! Trouble of the suite itself.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::printable::Texts;

/// What went wrong in the suite itself or around it: never a verdict.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Harness {
    /// A guest was not built.
    #[error("building {guest}")]
    Build {
        /// The guest's name.
        guest: String,
        /// What is wrong with it, where there are several things the first.
        error: String,
    },
    /// A guest of the suite's own ended otherwise than its program says.
    #[error("{guest} ended with {ended} of processor {cpu}")]
    End {
        /// The guest's name.
        guest: String,
        /// How.
        ended: String,
        /// The processor.
        cpu: u8,
    },
    /// No mode for a guest that keeps the host busy.
    #[error("a busy guest")]
    Mode,
    /// A thread of the load panicked.
    #[error("keeping the host busy")]
    Load,
    /// What the manuals leave open multiplies.
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
        requirement: String,
    },
    /// The suite ended in a trial, and its host lived on.
    #[error("the suite ended in the middle of this trial")]
    Ended {
        /// Its last words.
        words: String,
    },
    /// A bare machine came to no answer for a guest.
    #[error("this guest had no turn")]
    Turn {
        /// Why not.
        why: String,
    },
    /// A guest that was not among those which a bare machine ran.
    #[error("this guest is not in the image")]
    Image,
    /// What only a host does, on a bare machine.
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
            Harness::Show { requirement: why, .. } | Harness::Turn { why } => return why.clone(),
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

impl Texts for Harness {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Harness::Build { guest: text, error: other }
            | Harness::End { guest: text, ended: other, cpu: _ }
            | Harness::Show { case: text, requirement: other } => {
                change(text);
                change(other);
            }
            Harness::Ended { words: text } | Harness::Turn { why: text } | Harness::Host { what: text } => change(text),
            Harness::Mode | Harness::Load | Harness::Ways { most: _ } | Harness::Image => {}
        }
    }
}
