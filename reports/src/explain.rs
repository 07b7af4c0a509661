use crate::machine::MachineKind;
use crate::{ErratumRef, Trial};

impl ErratumRef {
    /// Whether it could explain how the trial ended: the trial ran on the host's processor, and the erratum concerns one of the
    /// rules at stake.
    ///
    /// A known deviation that did not show needs no explanation, and trouble is no verdict.
    pub fn could_explain(&self, trial: &Trial) -> bool {
        trial.outcome.kind().deviates()
            && MachineKind::of(&trial.id.machine) == MachineKind::Kvm
            && at_stake(trial).iter().any(|rule| self.rules.contains(rule))
    }
}

/// Ids of the rules at stake: those that the divergence names, or else all that the case tests.
pub(crate) fn at_stake(trial: &Trial) -> &[String] {
    match trial.outcome.divergence() {
        Some(divergence) if !divergence.rules.is_empty() => &divergence.rules,
        _ => &trial.rules,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Outcome, samples};

    #[test]
    fn only_failures_of_its_rules_are_explained() {
        let erratum = |rule: &str| ErratumRef { rules: vec![rule.to_owned()], ..ErratumRef::default() };
        let explained = |outcome: &Outcome, rule| {
            erratum(rule).could_explain(&samples::trial("kvm::long::ioctl::a/b", outcome.clone()))
        };
        for outcome in samples::outcomes() {
            let fails = outcome.kind().is_failure() && outcome.kind() != Kind::Fixed;
            assert_eq!(explained(&outcome, "block.until-iret"), fails, "{}", outcome.kind().name());
            assert!(!explained(&outcome, "shadow.sti"));
        }
        let on_model = samples::trial("model:amd::long::ioctl::a/b", Outcome::Mismatch(samples::divergence()));
        assert!(!erratum("block.until-iret").could_explain(&on_model), "a model has no errata");
        // What is at stake goes before what the case tests.
        assert!(!explained(&Outcome::Mismatch(samples::divergence()), "pending.one-is-held"));
        let died = Outcome::HostDied(crate::Divergence::of(crate::Finding::HostDied(crate::HostEnd::Hung)));
        assert!(explained(&died, "pending.one-is-held"), "where nothing is told to be at stake, all the case tests is");
    }
}
