use reports::Outcome;

/// What an entry of the known deviations says that applies to a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation<'a> {
    /// The symptoms it may show; `*` stands for any text.
    pub symptoms: &'a [String],
    /// Why it is known.
    pub reason: &'a str,
    /// Whether it shows only sometimes, so that a pass says nothing.
    pub sometimes: bool,
}

impl Deviation<'_> {
    fn expects(&self, symptom: &str) -> bool {
        self.symptoms.iter().any(|pattern| fits(pattern, symptom))
    }
}

/// Holds an outcome against the known deviations that apply to the trial: an expected symptom makes it known, any other
/// stays what it is, and no symptom at all means that an entry must go, unless it shows only sometimes.
pub fn settle(outcome: Outcome, deviations: &[Deviation<'_>]) -> Outcome {
    match outcome.symptom() {
        None if outcome == Outcome::Pass => match deviations.iter().find(|entry| !entry.sometimes) {
            None => outcome,
            Some(entry) => Outcome::Fixed { symptom: entry.symptoms.join(" or "), reason: entry.reason.to_owned() },
        },
        None => outcome,
        Some(symptom) => match deviations.iter().find(|entry| entry.expects(&symptom)) {
            None => outcome,
            Some(entry) => {
                let course = outcome.divergence().and_then(|divergence| divergence.course.clone());
                Outcome::Known { symptom, reason: entry.reason.to_owned(), course }
            }
        },
    }
}

/// Whether a text is what a pattern says, where `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else {
            return false;
        };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(what: &str) -> Outcome {
        Outcome::Error { what: what.to_owned(), errno: None, likely: String::new() }
    }

    fn settled(outcome: Outcome, sometimes: bool) -> Outcome {
        let symptoms = ["error: KVM_RUN*".to_owned()];
        settle(outcome, &[Deviation { symptoms: &symptoms, reason: "no emulation", sometimes }])
    }

    #[test]
    fn an_expected_symptom_is_known() {
        assert!(matches!(settled(error("KVM_RUN"), false), Outcome::Known { .. }));
        assert!(matches!(settled(error("KVM_RUN at int3"), true), Outcome::Known { .. }));
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
        let skipped = Outcome::Skipped { requirement: "no SMM".to_owned() };
        assert_eq!(settled(skipped.clone(), false), skipped);
    }

    #[test]
    fn without_an_entry_nothing_changes() {
        assert_eq!(settle(Outcome::Pass, &[]), Outcome::Pass);
        assert_eq!(settle(error("KVM_RUN"), &[]), error("KVM_RUN"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in
            [("a", "a"), ("a*", "a"), ("a*", "ab"), ("*b", "ab"), ("a*c*e", "abcde"), ("*", ""), ("a**b", "ab")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("a", "ab"), ("a*", "ba"), ("*b", "ba"), ("a*c*e", "aecd"), ("ab*b", "ab"), ("a*a", "a")]
        {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
