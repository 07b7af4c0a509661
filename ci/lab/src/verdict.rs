//! The suite's judgement of trials that could not be judged where they ran.

use std::path::Path;
use std::time::Duration;

use reports::{Harness, Outcome, Trial, TrialId};
use runner::case::{Diagnostics, Library, Site, Source, load};
use runner::judge::host_died;
use runner::suite::{BadFilter, Filter, Report, Shard, UnusedWord, choose, ended, plan_for};

/// What is wrong with filters.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum FilterError {
    /// One cannot be parsed.
    Bad(#[from] BadFilter),
    /// One matches or excludes nothing.
    UnusedWord(#[from] UnusedWord),
}

/// The suite's judgement of trials that could not be judged where they ran.
pub struct Verdict {
    library: Library,
}

impl Verdict {
    /// With the cases built into the suite, or with those that `--cases` names. Errors: something is wrong with them, with
    /// its place.
    pub fn new(cases: Option<&Path>) -> Result<Verdict, Diagnostics> {
        let source = cases.map_or(Source::Embedded, Source::at);
        Ok(Verdict { library: load(&source)? })
    }

    /// The cases.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Checks that each filter matches or excludes a trial on KVM. Errors: one does not, or cannot be parsed.
    pub fn check(&self, filters: &[String]) -> Result<(), FilterError> {
        let filter = Filter::new(filters)?;
        let all = plan_for(&self.library.cases, [reports::KVM], &Filter::default());
        choose(&filter, all, |trial| &trial.id)?;
        Ok(())
    }

    /// How many trials on KVM the filters choose.
    pub fn count(&self, filters: &[String]) -> usize {
        Filter::new(filters).map_or(0, |filter| plan_for(&self.library.cases, [reports::KVM], &filter).len())
    }

    /// The trial on KVM after `last`, or the first one, in a shard of those that the filters choose.
    pub fn next(&self, filters: &[String], (shard, of): (usize, usize), last: Option<&TrialId>) -> Option<TrialId> {
        let filter = Filter::new(filters).ok()?;
        let shard: Shard = format!("{shard}/{of}").parse().ok()?;
        let trials = shard.of(plan_for(&self.library.cases, [reports::KVM], &filter));
        let at = last.map_or(Some(0), |last| Some(trials.iter().position(|trial| trial.id == *last)? + 1))?;
        trials.get(at).map(|trial| trial.id.clone())
    }

    /// A trial during which the host died, judged by the console's lines; it is `known` if a known deviation has that symptom.
    pub fn host_died(&self, id: &TrialId, console: &[String], site: &Site) -> Trial {
        self.trial(id, host_died(console), site)
    }

    /// A trial during which the suite itself ended, with its last line of output.
    pub fn suite_died(&self, id: &TrialId, words: &str) -> Trial {
        let trouble = Harness::Ended { words: words.to_owned() };
        self.trial(id, Outcome::Error(trouble.into()), &Site::default())
    }

    fn trial(&self, id: &TrialId, outcome: Outcome, site: &Site) -> Trial {
        let plan = plan_for(&self.library.cases, [id.machine.as_str()], &Filter::default());
        let Some(planned) = plan.iter().find(|planned| planned.id == *id) else {
            // Only binaries of another version know a trial that this library does not.
            return Trial::bare(id.clone(), outcome);
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
        assert!(
            verdict.check(&["second-waits".to_owned()]).is_ok()
                && verdict.check(&["delivery/taken".to_owned()]).is_err()
        );
        assert!(Verdict::new(Some("/no/such/folder".as_ref())).is_err());
    }

    #[test]
    fn a_filter_that_chooses_nothing_is_known_beforehand() {
        let verdict = Verdict::new(None).unwrap();
        assert_eq!(verdict.count(&["kvm::long::ioctl::delivery/wakes-every-halt".to_owned()]), 1);
        assert!(verdict.count(&[]) > verdict.count(&["!real::".to_owned()]));
        let told = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            verdict.check(&words).err().map(|failure| failure.to_string()).unwrap_or_default()
        };
        for words in
            [&["delivery/taken"][..], &["kvm::long::*", "real::"], &["!real::"], &["blocking", "!*::ioctl::*"], &[]]
        {
            assert_eq!(told(words), "", "{words:?}");
        }
        assert!(told(&["amd-vnm"]).starts_with("no trial fits `amd-vnm`"));
        assert!(told(&["blocking", "!delivery"]).starts_with("`!delivery` excludes nothing"));
        assert!(told(&["model:amd"]).contains("`model:amd`"));
        assert!(told(&["[a*"]).starts_with("`[a*` is not a filter"));
    }
}
