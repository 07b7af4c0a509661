//! The lines of a hunt's journal.

use reports::{Kind, Symptom, Trial};
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::tally::Tally;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "hunt")]
pub enum Line {
    /// What the hunt is to do: the first line.
    Planned(Box<Plan>),
    /// All that was seen until here: the second line, which stands for all that came before it.
    Folded(Box<Tally>),
    /// A trial starts; written through to the disk before it does.
    Started {
        /// Name of the trial.
        trial: String,
        /// Whether under load.
        loaded: bool,
        /// Milliseconds hunted until then.
        at: u64,
        /// Seed of the delays between host actions, if there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jitter: Option<u64>,
        /// How many trials of this round had ended before, so that lost lines show. None: an older version wrote it.
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
        /// What it lacked, if it was skipped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lacked: Option<String>,
        /// Milliseconds hunted until then.
        at: u64,
        /// All of it, if it is one of the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Box<Trial>>,
    },
}
