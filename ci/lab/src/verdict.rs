use std::path::Path;
use std::time::Duration;

use reports::{Outcome, Trial, TrialId};
use runner::case::{Library, Site, Source, load};
use runner::judge::host_died;
use runner::suite::{Filter, Report, Shard, ended, plan_for};

use crate::Failure;

/// The suite's judgement of trials that could not be judged where they ran.
pub struct Verdict {
    library: Library,
}

impl Verdict {
    /// With the cases built into the suite, or with those that `--cases` names. Errors: something is wrong with them, with
    /// its place.
    pub fn new(cases: Option<&Path>) -> Result<Verdict, Failure> {
        let source = cases.map_or(Source::Embedded, |folder| Source::Folder(folder.to_owned()));
        let library = load(&source);
        let library = library.map_err(|diagnostics| Failure::Input(diagnostics.render(false).trim_end().to_owned()))?;
        Ok(Verdict { library })
    }

    /// Whether a filter chooses any trial on KVM. Errors: it is no filter.
    pub fn knows(&self, filter: &str) -> Result<bool, Failure> {
        let chosen = Filter::new(&[filter.to_owned()]).map_err(|error| Failure::Input(format!("error: {error}")))?;
        Ok(!plan_for(&self.library.cases, ["kvm"], &chosen).is_empty())
    }

    /// The trial on KVM that comes behind another, or the first, in a shard of those that the filters choose.
    pub fn next(&self, filters: &[String], (shard, of): (usize, usize), last: Option<&TrialId>) -> Option<TrialId> {
        let filter = Filter::new(filters).ok()?;
        let shard: Shard = format!("{shard}/{of}").parse().ok()?;
        let trials = shard.of(plan_for(&self.library.cases, ["kvm"], &filter));
        let at = last.map_or(Some(0), |last| Some(trials.iter().position(|trial| trial.id == *last)? + 1))?;
        trials.get(at).map(|trial| trial.id.clone())
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
    use std::path::Path;

    use reports::{Kind, TrialId};
    use runner::case::Site;

    use super::Verdict;
    use crate::Failure;

    #[test]
    fn a_trial_that_killed_its_host_is_whole() {
        let id = TrialId {
            machine: "kvm".to_owned(),
            mode: "long".to_owned(),
            path: "ioctl".to_owned(),
            case: "delivery/taken-at-the-next-boundary".to_owned(),
        };
        let console = ["[    9.1] Kernel panic - not syncing: Fatal exception".to_owned()];
        let trial = Verdict::new(None).unwrap().host_died(&id, &console, &Site::default());
        assert_eq!(trial.outcome.kind(), Kind::HostDied);
        assert!(trial.outcome.headline().unwrap().contains("Fatal exception"));
        assert!(!trial.hash.is_empty() && !trial.rules.is_empty());
    }

    #[test]
    fn cases_of_ones_own_are_known_and_the_others_are_not() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runner/tests/samples");
        let verdict = Verdict::new(Some(&samples)).unwrap();
        assert!(verdict.knows("second-waits").unwrap() && !verdict.knows("delivery/taken").unwrap());
        let wrong = Verdict::new(Some("/no/such/folder".as_ref())).err().unwrap();
        assert!(matches!(wrong, Failure::Input(_)), "{wrong}");
    }

    #[test]
    fn a_filter_that_chooses_nothing_is_known_beforehand() {
        let verdict = Verdict::new(None).unwrap();
        let knows = |word: &str| verdict.knows(word);
        assert!(knows("delivery/taken").unwrap() && knows("kvm::long::*").unwrap() && knows("real::").unwrap());
        assert!(!knows("amd-vnm").unwrap() && !knows("model:amd").unwrap());
        assert!(knows("[a*").unwrap_err().to_string().starts_with("error: `[a*` is not a filter"));
    }
}
