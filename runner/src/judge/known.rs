use reports::Outcome;

/// What an entry of the known deviations says that applies to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation<'a> {
    /// The symptom it expects.
    pub symptom: &'a str,
    /// Why it is known.
    pub reason: &'a str,
}

/// Holds an outcome against the known deviation that applies to the trial: the expected symptom makes it known, any
/// other stays what it is, and no symptom at all means that the entry must go.
pub fn settle(outcome: Outcome, deviation: Option<Deviation<'_>>) -> Outcome {
    let Some(Deviation { symptom, reason }) = deviation else {
        return outcome;
    };
    let (symptom, reason) = (symptom.to_owned(), reason.to_owned());
    match &outcome {
        Outcome::Skipped { .. } => outcome,
        Outcome::Pass => Outcome::Fixed { symptom, reason },
        _ if outcome.symptom().as_ref() == Some(&symptom) => Outcome::Known { symptom, reason },
        _ => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: Deviation<'static> = Deviation { symptom: "error: KVM_RUN", reason: "no emulation" };

    fn error(what: &str) -> Outcome {
        Outcome::Error { what: what.to_owned(), errno: None, likely: String::new() }
    }

    #[test]
    fn the_expected_symptom_is_known() {
        assert!(matches!(settle(error("KVM_RUN"), Some(ENTRY)), Outcome::Known { .. }));
    }

    #[test]
    fn another_symptom_still_fails() {
        assert_eq!(settle(error("KVM_NMI"), Some(ENTRY)), error("KVM_NMI"));
    }

    #[test]
    fn no_symptom_means_fixed() {
        assert!(matches!(settle(Outcome::Pass, Some(ENTRY)), Outcome::Fixed { .. }));
    }

    #[test]
    fn a_skip_says_nothing_about_the_deviation() {
        let skipped = Outcome::Skipped { requirement: "no SMM".to_owned() };
        assert_eq!(settle(skipped.clone(), Some(ENTRY)), skipped);
    }

    #[test]
    fn without_an_entry_nothing_changes() {
        assert_eq!(settle(Outcome::Pass, None), Outcome::Pass);
    }
}
