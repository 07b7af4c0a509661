use std::collections::HashSet;

use crate::{Kind, Trial, TrialId};

/// What the names of machines that execute the manual begin with.
const MODEL: &str = "model:";

/// Variants of cases on which every model of the run that judged them fails: the fault is then likely the case's.
pub(crate) struct Suspects<'a>(HashSet<(&'a str, &'a str, &'a str)>);

impl<'a> Suspects<'a> {
    /// Of these trials.
    pub(crate) fn of(trials: &'a [Trial]) -> Suspects<'a> {
        let judged =
            |trial: &&Trial| is_model(&trial.id) && !matches!(trial.outcome.kind(), Kind::Skipped | Kind::Error);
        let (failed, sound): (Vec<&Trial>, Vec<&Trial>) =
            trials.iter().filter(judged).partition(|trial| trial.outcome.kind().is_failure());
        let sound: HashSet<_> = sound.into_iter().map(|trial| variant(&trial.id)).collect();
        Suspects(failed.into_iter().map(|trial| variant(&trial.id)).filter(|one| !sound.contains(one)).collect())
    }

    /// What to say of a failing trial on another machine. None where no model fails it, too.
    pub(crate) fn words(&self, trial: &Trial) -> Option<&'static str> {
        let fails = trial.outcome.kind().is_failure() && !is_model(&trial.id);
        (fails && self.0.contains(&variant(&trial.id))).then_some("the models fail, too: suspect the case")
    }
}

fn is_model(id: &TrialId) -> bool {
    id.machine.starts_with(MODEL)
}

fn variant(id: &TrialId) -> (&str, &str, &str) {
    (&id.mode, &id.path, &id.case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, samples};

    #[test]
    fn a_case_that_every_model_fails_is_suspect() {
        let mismatch = || Outcome::Mismatch(samples::divergence());
        let skipped = || Outcome::Skipped { requirement: "no PMU".to_owned() };
        let told = |kvm: Outcome, amd: Outcome, intel: Outcome| {
            let trials = [("kvm", kvm), ("model:amd", amd), ("model:intel", intel)]
                .map(|(machine, outcome)| samples::trial(&format!("{machine}::long::ioctl::a/b"), outcome));
            let suspects = Suspects::of(&trials);
            assert_eq!(suspects.words(&trials[1]), None, "of the models themselves nothing is said");
            suspects.words(&trials[0]).is_some()
        };
        assert!(told(mismatch(), mismatch(), mismatch()));
        assert!(told(mismatch(), mismatch(), skipped()));
        assert!(!told(mismatch(), mismatch(), Outcome::Pass));
        assert!(!told(mismatch(), skipped(), skipped()));
        assert!(!told(Outcome::Pass, mismatch(), mismatch()));
    }
}
