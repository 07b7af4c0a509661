//! Cases that fail on every model: the case is then likely wrong.

use std::collections::HashSet;

use crate::machine::MachineKind;
use crate::{Kind, Trial, TrialId};

/// Variants of cases on which every model of the run that judged them fails: the fault is then likely the case's.
pub(crate) struct Suspects<'a> {
    /// Failed by every model that judged them.
    failed: HashSet<(&'a str, &'a str, &'a str)>,
    /// By more than one.
    by_several: HashSet<(&'a str, &'a str, &'a str)>,
}

impl<'a> Suspects<'a> {
    /// The suspects among the trials of one run.
    pub(crate) fn of(trials: &'a [Trial]) -> Suspects<'a> {
        let judged =
            |trial: &&Trial| is_model(&trial.id) && !matches!(trial.outcome.kind(), Kind::Skipped | Kind::Error);
        let (failed, sound): (Vec<&Trial>, Vec<&Trial>) =
            trials.iter().filter(judged).partition(|trial| trial.outcome.kind().is_failure());
        let sound: HashSet<_> = sound.into_iter().map(|trial| variant(&trial.id)).collect();
        let (mut all, mut by_several) = (HashSet::new(), HashSet::new());
        for one in failed.into_iter().map(|trial| variant(&trial.id)).filter(|one| !sound.contains(one)) {
            if !all.insert(one) {
                by_several.insert(one);
            }
        }
        Suspects { failed: all, by_several }
    }

    /// A note for a failing trial. None if a model passes it, or no other model fails it, too.
    pub(crate) fn words(&self, trial: &Trial) -> Option<&'static str> {
        if !trial.outcome.kind().is_failure() {
            return None;
        }
        let (among, words) = match is_model(&trial.id) {
            true => (&self.by_several, "every model fails: suspect the case"),
            false => (&self.failed, "the models fail, too: suspect the case"),
        };
        among.contains(&variant(&trial.id)).then_some(words)
    }
}

fn is_model(id: &TrialId) -> bool {
    matches!(MachineKind::of(&id.machine), MachineKind::Model(_))
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
        let skipped = || Outcome::Skipped { requirement: crate::KvmLack::Pmu.into() };
        let told = |kvm: Outcome, amd: Outcome, intel: Outcome| {
            let trials = [("kvm", kvm), ("model:amd", amd), ("model:intel", intel)]
                .map(|(machine, outcome)| samples::trial(&format!("{machine}::long::ioctl::a/b"), outcome));
            let suspects = Suspects::of(&trials);
            let both = trials[1..].iter().all(|trial| trial.outcome.kind().is_failure());
            assert_eq!(suspects.words(&trials[1]).is_some(), both, "one model alone is not every model");
            suspects.words(&trials[0]).is_some()
        };
        assert!(told(mismatch(), mismatch(), mismatch()));
        assert!(told(mismatch(), mismatch(), skipped()));
        assert!(!told(mismatch(), mismatch(), Outcome::Pass));
        assert!(!told(mismatch(), skipped(), skipped()));
        assert!(!told(Outcome::Pass, mismatch(), mismatch()));
    }
}
