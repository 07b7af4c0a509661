//! Proves a fix: compares a run without it and one with it, trial by trial.

use std::collections::BTreeSet;
use std::fmt::Write;

use reports::{Kind, SavedRun, Trial};

/// How many trials of a kind are named; the saved runs have them all.
const SHOWN: usize = 12;

/// What a fix changed on a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Trials of the finding that deviated and pass now.
    pub gone: Vec<String>,
    /// Trials of the finding that still deviate, with their outcomes.
    pub left: Vec<String>,
    /// Trials of other findings that deviated and pass now: they share the cause, or deviate only sometimes.
    pub also: Vec<String>,
    /// Trials of other findings that passed and now deviate as a known deviation says that they sometimes do.
    pub sometimes: Vec<String>,
    /// Trials with another outcome than before, with both outcomes.
    pub changed: Vec<String>,
    /// Trials with the same outcome as before.
    pub same: usize,
}

impl Proof {
    /// Compares a run without the fix with one with it. `cases` are the cases whose known deviations name the finding.
    pub fn of(plain: &SavedRun, fixed: &SavedRun, cases: &BTreeSet<String>) -> Proof {
        let mut proof = Proof::default();
        for after in &fixed.trials {
            let id = after.id.to_string();
            let Some(before) = plain.trials.iter().find(|trial| trial.id == after.id) else {
                proof.changed.push(format!("{id}: not run before, now {}", told(after)));
                continue;
            };
            let own = cases.contains(&after.id.case);
            let passes = matches!(after.outcome.kind(), Kind::Pass | Kind::Fixed);
            let deviated = !matches!(before.outcome.kind(), Kind::Pass | Kind::Skipped);
            let sometimes = before.outcome.kind() == Kind::Pass && after.outcome.kind() == Kind::Known;
            match (deviated && passes, own) {
                (true, true) => proof.gone.push(id),
                (true, false) => proof.also.push(id),
                (false, true) if deviated => proof.left.push(format!("{id}: {}", told(after))),
                (false, false) if sometimes => proof.sometimes.push(format!("{id}: {}", told(after))),
                _ if before.outcome.kind() == after.outcome.kind() => proof.same += 1,
                _ => proof.changed.push(format!("{id}: {}, now {}", told(before), told(after))),
            }
        }
        proof
    }

    /// Whether trials of the finding pass now, none of them still deviates, and no other trial changed for the worse.
    pub fn holds(&self) -> bool {
        !self.gone.is_empty() && self.left.is_empty() && self.changed.is_empty()
    }

    /// For people, a block.
    pub fn text(&self, name: &str, target: &str) -> String {
        let verdict = if self.holds() { "holds" } else { "DOES NOT HOLD" };
        let mut text = format!(
            "{name} on {target}: {verdict}: {} trials of the finding pass now, {} deviate still; {} others as before, {} changed\n",
            self.gone.len(),
            self.left.len(),
            self.same,
            self.changed.len(),
        );
        let mut list = |what: &str, trials: &[String]| {
            for trial in trials.iter().take(SHOWN) {
                let _ = writeln!(text, "    {what} {trial}");
            }
            if trials.len() > SHOWN {
                let _ = writeln!(text, "    and {} more", trials.len() - SHOWN);
            }
        };
        list("left", &self.left);
        list("changed", &self.changed);
        list("passes, too:", &self.also);
        list("shows, as it sometimes does:", &self.sometimes);
        text
    }
}

fn told(trial: &Trial) -> String {
    trial.headline().unwrap_or_else(|| trial.outcome.kind().name().to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use reports::Outcome;

    use super::Proof;
    use crate::testing::run_of;

    #[test]
    fn a_fix_removes_its_finding_and_nothing_else() {
        let cases: BTreeSet<String> = ["smm/a".to_owned()].into();
        let proof =
            |before: &[(&str, bool)], after: &[(&str, bool)]| Proof::of(&run_of(before), &run_of(after), &cases);
        let good = proof(&[("smm/a", true), ("smm/b", false)], &[("smm/a", false), ("smm/b", false)]);
        assert!(good.holds() && good.same == 1);
        let still = proof(&[("smm/a", true)], &[("smm/a", true)]);
        let worse = proof(&[("smm/a", true), ("smm/b", false)], &[("smm/a", false), ("smm/b", true)]);
        let idle = proof(&[("smm/b", false)], &[("smm/b", false)]);
        let more = proof(&[("smm/a", true), ("smm/b", true)], &[("smm/a", false), ("smm/b", false)]);
        assert!(!still.holds() && !worse.holds() && !idle.holds() && more.holds());
        let told: String =
            [good, still, worse, idle, more].iter().map(|proof| proof.text("01-x", "amd-vnmi")).collect();
        insta::assert_snapshot!(told);
    }

    #[test]
    fn what_is_known_to_show_sometimes_is_no_change() {
        let cases: BTreeSet<String> = ["smm/a".to_owned()].into();
        let before = run_of(&[("smm/a", true), ("smm/b", false)]);
        let mut after = run_of(&[("smm/a", false), ("smm/b", true)]);
        let symptom = after.trials[1].outcome.symptom().unwrap();
        after.trials[1].outcome = Outcome::Known { symptom, id: None, reason: String::new(), history: None };
        let proof = Proof::of(&before, &after, &cases);
        assert!(proof.holds());
        assert_eq!((proof.same, proof.sometimes.len()), (0, 1));
        assert!(proof.text("01-x", "amd-vnmi").contains("shows, as it sometimes does: kvm::long::ioctl::smm/b: "));
    }
}
