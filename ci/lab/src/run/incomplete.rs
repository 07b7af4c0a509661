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

#[cfg(test)]
mod tests {
    use super::{Ending, Incomplete};

    #[test]
    fn what_people_read() {
        let boots = |ending| Incomplete::Boots { ending, words: "all is well".to_owned(), console: "console".into() };
        let suite = |code| Incomplete::Suite { code, words: "error: no case".to_owned() };
        let all = [
            Incomplete::Kernel(">=7.0".to_owned()),
            suite(Some(2)),
            suite(None),
            Incomplete::Init("load kvm: no such file".to_owned()),
            boots(Ending::Silent),
            boots(Ending::Done),
            boots(Ending::Died),
        ];
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        it needs Linux >=7.0
        the suite ended with exit code 2: error: no case
        the suite ended by a signal: error: no case
        load kvm: no such file
        the machine said nothing within its time limit; its console ends with `all is well` (console)
        the suite did not start; its console ends with `all is well` (console)
        the machine ended before a trial did; its console ends with `all is well` (console)
        ");
    }
}
