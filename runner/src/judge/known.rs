//! Compares an outcome with the known deviations that apply to the trial.

use reports::{Outcome, Symptom};

use crate::case::SymptomPattern;

/// An entry of the known deviations that applies to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation<'a> {
    /// Its id.
    pub id: &'a str,
    /// The symptoms it may show.
    pub symptoms: &'a [SymptomPattern],
    /// Why it deviates.
    pub reason: &'a str,
    /// Whether it shows only sometimes, so that a pass says nothing.
    pub sometimes: bool,
}

impl Deviation<'_> {
    fn expects(&self, symptom: &Symptom) -> bool {
        self.symptoms.iter().any(|pattern| pattern.fits(symptom))
    }

    /// The symptoms as the entry writes them.
    fn expected(&self) -> String {
        self.symptoms.iter().map(SymptomPattern::to_string).collect::<Vec<_>>().join(" or ")
    }
}

/// Applies the known deviations of the trial to its outcome: an expected symptom becomes `Known`, any other outcome stays, and
/// a pass becomes `Fixed`, since the entry is out of date, unless the deviation shows only sometimes.
pub fn settle(outcome: Outcome, deviations: &[Deviation<'_>]) -> Outcome {
    match outcome.symptom() {
        None if outcome == Outcome::Pass => match deviations.iter().find(|entry| !entry.sometimes) {
            None => outcome,
            Some(entry) => {
                let (expected, id, reason) = (entry.expected(), entry.id.to_owned(), entry.reason.to_owned());
                Outcome::Fixed { expected, id, reason }
            }
        },
        None => outcome,
        Some(symptom) => match deviations.iter().find(|entry| entry.expects(&symptom)) {
            None => outcome,
            Some(entry) => {
                let history = outcome.divergence().and_then(|divergence| divergence.history.clone());
                let (id, reason) = (Some(entry.id.to_owned()), entry.reason.to_owned());
                Outcome::Known { symptom, id, reason, history }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use reports::Trouble;

    use super::*;
    use crate::case::symptom::symptom;

    fn error(call: &str) -> Outcome {
        Outcome::Error(Trouble::Refused { call: call.to_owned(), errno: 22 })
    }

    fn settled(outcome: Outcome, sometimes: bool) -> Outcome {
        let symptoms = [symptom("{ error: { refused: { call: KVM_RUN } } }")];
        settle(outcome, &[Deviation { id: "pvm.no-emulation", symptoms: &symptoms, reason: "no emulation", sometimes }])
    }

    #[test]
    fn an_expected_symptom_is_known() {
        assert!(matches!(settled(error("KVM_RUN"), false), Outcome::Known { .. }));
        assert!(matches!(settled(error("KVM_RUN"), true), Outcome::Known { .. }));
    }

    #[test]
    fn another_symptom_still_fails() {
        assert_eq!(settled(error("KVM_NMI"), false), error("KVM_NMI"));
    }

    #[test]
    fn no_symptom_means_fixed_unless_it_shows_only_sometimes() {
        assert!(matches!(settled(Outcome::Pass, false), Outcome::Fixed { .. }));
        assert_eq!(settled(Outcome::Pass, true), Outcome::Pass);
    }

    #[test]
    fn a_skip_says_nothing_about_the_deviation() {
        let skipped = Outcome::Skipped { requirement: reports::KvmLack::Pmu.into() };
        assert_eq!(settled(skipped.clone(), false), skipped);
    }

    #[test]
    fn without_an_entry_nothing_changes() {
        assert_eq!(settle(Outcome::Pass, &[]), Outcome::Pass);
        assert_eq!(settle(error("KVM_RUN"), &[]), error("KVM_RUN"));
    }
}
