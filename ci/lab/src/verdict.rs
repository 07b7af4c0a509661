use reports::{Outcome, RunFacts, Trial, TrialId};
use runner::case::{Library, Source, load};

use crate::Failure;

/// The suite's judgement of trials that could not be judged where they ran.
pub struct Verdict {
    library: Library,
}

impl Verdict {
    /// With the cases built into the suite. Errors: they are damaged, which their own tests would have told.
    pub fn new() -> Result<Verdict, Failure> {
        let library = load(&Source::Embedded).map_err(|diagnostics| Failure::Trouble(diagnostics.render(false)))?;
        Ok(Verdict { library })
    }

    /// The trial during which its host died, as the console tells it; a death that is known counts as known.
    pub fn host_died(&self, id: &TrialId, console: &[String], facts: &RunFacts) -> Trial {
        let _ = (console, facts);
        let outcome = Outcome::Error { what: "the host died".into(), errno: None, likely: console.join(" / ") };
        self.trial(id, outcome)
    }

    /// The trial during which the suite itself ended, with its last words.
    pub fn suite_died(&self, id: &TrialId, words: &str) -> Trial {
        let outcome = Outcome::Error {
            what: "the suite ended in the middle of this trial".to_owned(),
            errno: None,
            likely: if words.is_empty() { "it said nothing".to_owned() } else { words.to_owned() },
        };
        self.trial(id, outcome)
    }

    fn trial(&self, id: &TrialId, outcome: Outcome) -> Trial {
        let case = self.library.cases.iter().find(|case| case.id == id.case);
        Trial {
            id: id.clone(),
            summary: case.map(|case| case.summary.clone()).unwrap_or_default(),
            rules: case.map(|case| case.rules.clone()).unwrap_or_default(),
            hash: case.map(|case| case.hash.clone()).unwrap_or_default(),
            outcome,
            statistics: Default::default(),
            micros: 0,
        }
    }
}
