//! Why a run did not come to its end.

use std::path::PathBuf;
use std::sync::Arc;

use crate::Failure;
use crate::boot::Ending;

/// Why a target did not run, or not to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Incomplete {
    /// The target needs another kernel: this range of versions.
    #[error("it needs Linux {0}")]
    Kernel(String),
    /// The suite ended too early.
    #[error("the suite ended {}: {words}", how(*code))]
    Suite {
        /// Its exit code; none if a signal ended it.
        code: Option<i32>,
        /// The end of what it wrote for people.
        words: String,
    },
    /// The guest's first process could not go on; what it said.
    #[error("{0}")]
    Init(String),
    /// Two boots in a row finished no trial.
    #[error("{}; its console ends with `{words}` ({})", boots(ending), console.display())]
    Boots {
        /// How the last one ended.
        ending: Ending,
        /// The last line of its console.
        words: String,
        /// The console's log.
        console: PathBuf,
    },
    /// Something failed on this host.
    #[error("{0}")]
    Trouble(Arc<Failure>),
}

fn how(code: Option<i32>) -> String {
    code.map_or("by a signal".to_owned(), |code| format!("with exit code {code}"))
}

fn boots(ending: &Ending) -> &'static str {
    match ending {
        Ending::Silent => "the machine said nothing within its time limit",
        Ending::Done => "the suite did not start",
        Ending::Died | Ending::Interrupted => "the machine ended before a trial did",
    }
}
