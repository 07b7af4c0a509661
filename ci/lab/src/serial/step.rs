//! The steps that the first process of a guest reports.

use serde::{Deserialize, Serialize};

use super::{GuestFailure, ProgramEnd};

/// What the first process of the guest does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It has started.
    Boot,
    /// It starts the suite for this round of the plan, from 0.
    Round(usize),
    /// The suite of this round ended.
    Ended(ProgramEnd),
    /// A program of this round ended.
    Program {
        /// Its number in the round, from 0.
        number: usize,
        /// How it ended.
        end: ProgramEnd,
        /// What it wrote.
        output: String,
    },
    /// It cannot go on, for this reason.
    Failed(GuestFailure),
    /// All rounds are done.
    Done,
}
