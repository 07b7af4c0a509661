//! Why a run did not come to its end.

use std::path::PathBuf;
use std::sync::Arc;

use crate::Failure;
use crate::boot::Ending;
use crate::serial::{GuestFailure, ProgramEnd};

/// Why a target did not run, or not to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Incomplete {
    /// The target needs another kernel: this range of versions.
    #[error("it needs Linux {0}")]
    Kernel(String),
    /// The suite ended too early.
    #[error("the suite {end}: {words}")]
    Suite {
        /// How it ended.
        end: ProgramEnd,
        /// The end of what it wrote for people.
        words: String,
    },
    /// The guest's first process could not go on.
    #[error(transparent)]
    Init(GuestFailure),
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

fn boots(ending: &Ending) -> &'static str {
    match ending {
        Ending::Silent => "the machine said nothing within its time limit",
        Ending::Done => "the suite did not start",
        Ending::Died | Ending::Interrupted => "the machine ended before a trial did",
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, GuestFailure, Incomplete, ProgramEnd};

    #[test]
    fn what_people_read() {
        let boots = |ending| Incomplete::Boots { ending, words: "all is well".to_owned(), console: "console".into() };
        let suite = |end| Incomplete::Suite { end, words: "error: no case".to_owned() };
        let all = [
            Incomplete::Kernel(">=7.0".to_owned()),
            suite(ProgramEnd::Code(2)),
            suite(ProgramEnd::Signal(9)),
            Incomplete::Init(GuestFailure::Unload("kvm_amd".to_owned(), 11)),
            boots(Ending::Silent),
            boots(Ending::Done),
            boots(Ending::Died),
        ];
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        it needs Linux >=7.0
        the suite ended with exit code 2: error: no case
        the suite ended by signal 9: error: no case
        unload kvm_amd: Resource temporarily unavailable (os error 11)
        the machine said nothing within its time limit; its console ends with `all is well` (console)
        the suite did not start; its console ends with `all is well` (console)
        the machine ended before a trial did; its console ends with `all is well` (console)
        ");
    }
}
