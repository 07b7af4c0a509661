use std::time::Duration;

use reports::{Outcome, Trial, TrialId};
use runner::case::{Library, Site, Source, load};
use runner::judge::host_died;
use runner::suite::{Filter, Report, ended, plan_for};

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
    pub fn host_died(&self, id: &TrialId, console: &[String], site: &Site) -> Trial {
        self.trial(id, host_died(console), site)
    }

    /// The trial during which the suite itself ended, with its last words.
    pub fn suite_died(&self, id: &TrialId, words: &str) -> Trial {
        let outcome = Outcome::Error {
            what: "the suite ended in the middle of this trial".to_owned(),
            errno: None,
            likely: if words.is_empty() { "it said nothing".to_owned() } else { words.to_owned() },
        };
        self.trial(id, outcome, &Site::default())
    }

    fn trial(&self, id: &TrialId, outcome: Outcome, site: &Site) -> Trial {
        let plan = plan_for(&self.library.cases, [id.machine.as_str()], &Filter::exact(&[id.to_string()]));
        let Some(planned) = plan.first() else {
            // Only binaries of another version know a trial that this library does not.
            let nothing = (String::new(), Vec::new(), String::new());
            let (summary, rules, hash) = nothing;
            return Trial { id: id.clone(), summary, rules, hash, outcome, statistics: Default::default(), micros: 0 };
        };
        ended(&self.library, planned, site, Report::without_run(outcome), Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use reports::{Kind, TrialId};
    use runner::case::Site;

    use super::Verdict;

    #[test]
    fn a_trial_that_killed_its_host_is_whole() {
        let id = TrialId {
            machine: "kvm".to_owned(),
            mode: "long".to_owned(),
            path: "ioctl".to_owned(),
            case: "delivery/taken-at-the-next-boundary".to_owned(),
        };
        let console = ["[    9.1] Kernel panic - not syncing: Fatal exception".to_owned()];
        let trial = Verdict::new().unwrap().host_died(&id, &console, &Site::default());
        assert_eq!(trial.outcome.kind(), Kind::HostDied);
        assert!(trial.outcome.headline().unwrap().contains("Fatal exception"));
        assert!(!trial.hash.is_empty() && !trial.rules.is_empty());
    }
}
