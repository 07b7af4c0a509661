//! The lines of a hunt's journal.

use reports::{Kind, Lack, Symptom, Trial};
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::tally::Tally;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "hunt")]
pub enum Line {
    /// What the hunt is to do: the first line.
    Planned(Box<Plan>),
    /// All that was seen so far: the second line, which replaces the lines of earlier rounds.
    Folded(Box<Tally>),
    /// A trial starts; on the disk before it does.
    Started {
        /// Name of the trial.
        trial: String,
        /// Whether the round is under load.
        loaded: bool,
        /// Milliseconds hunted so far.
        at: u64,
        /// Seed of the delays between host actions, if there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jitter: Option<u64>,
        /// How many trials of this round had ended before, by which lost lines are noticed. Older versions did not write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u64>,
    },
    /// The trial that started last ended.
    Ended {
        /// Kind of outcome.
        kind: Kind,
        /// What went wrong, if anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        symptom: Option<Box<Symptom>>,
        /// The missing requirement, if it was skipped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lacked: Option<Lack>,
        /// Milliseconds hunted so far.
        at: u64,
        /// The whole trial, if it is one of the first with its symptom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Box<Trial>>,
    },
}
