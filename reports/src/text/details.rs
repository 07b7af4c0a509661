use super::failure::{failure, rule};
use crate::{Kind, Look, Outcome, RuleRef, Trial, timeline};

/// What the end of a run's text shows beyond the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Trials with these outcomes are shown in full, in place of those that failed.
    pub outcomes: Option<Vec<Kind>>,
    /// How many of the slowest trials and cases are listed; 0 lists all.
    pub slowest: Option<usize>,
}

impl Details {
    /// A line if no trial has one of the requested outcomes.
    pub(super) fn none_shown(&self, trials: &[Trial]) -> Option<String> {
        let kinds = self.outcomes.as_deref()?;
        let any = trials.iter().any(|trial| kinds.contains(&trial.outcome.kind()));
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        (!any).then(|| format!("No trial ended as asked for: {}\n", names.join(", ")))
    }
}

/// Any trial in the form of failures; for a known deviation also the rules at stake and the run in which it showed.
pub(super) fn in_full(trial: &Trial, rules: &[RuleRef], look: Look) -> String {
    let mut out = failure(trial, rules, look);
    if let Outcome::Known { history, .. } = &trial.outcome {
        trial.rules.iter().for_each(|id| rule(id, rules, look, &mut out));
        out.extend(history.iter().map(|history| format!("\n{}", timeline(history, look))));
    }
    out
}
