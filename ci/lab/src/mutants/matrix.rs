//! The results of mutants: which target noticed each, and by which case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use reports::{Outcome, SavedRun, Trial};
use serde::Serialize;

use super::Mutant;
use crate::run::Incomplete;

/// A mutant on a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    /// Trials failed.
    Killed {
        /// Name of the first trial that failed.
        first: String,
        /// What went wrong in that trial.
        symptom: String,
        /// Every case with such a trial, as far as the run went.
        cases: BTreeSet<String>,
    },
    /// So many trials ran, and none failed.
    Survived {
        /// How many trials ran.
        trials: usize,
    },
    /// The mutant was not run there, so nothing is known.
    NotRun {
        /// What stood in the way.
        why: String,
    },
}

impl Cell {
    /// The result of a mutant's run. Trials in `expected` fail without the mutant, too.
    pub fn of(run: &SavedRun, missing: Option<&Incomplete>, expected: &BTreeSet<String>) -> Cell {
        let failed: Vec<&Trial> =
            run.trials.iter().filter(|trial| noticed(trial) && !expected.contains(&trial.id.to_string())).collect();
        let ran = run.trials.iter().filter(|trial| !matches!(trial.outcome, Outcome::Skipped { .. })).count();
        match (failed.first(), missing) {
            (Some(first), _) => Cell::Killed {
                first: first.id.to_string(),
                symptom: first.headline().unwrap_or_default(),
                cases: failed.iter().map(|trial| trial.id.case.clone()).collect(),
            },
            (None, Some(why)) => Cell::NotRun { why: why.to_string() },
            (None, None) if ran == 0 => Cell::NotRun { why: "none of its cases runs here".to_owned() },
            (None, None) => Cell::Survived { trials: ran },
        }
    }

    /// Whether a case noticed.
    pub fn is_killed(&self) -> bool {
        matches!(self, Cell::Killed { .. })
    }
}

/// Whether a trial failed or ended in an error.
pub fn noticed(trial: &Trial) -> bool {
    trial.outcome.kind().is_failure() || matches!(trial.outcome, Outcome::Error(_))
}

/// A mutant on every target that it concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// The mutant's name.
    pub mutant: String,
    /// What it breaks.
    pub breaks: String,
    /// The fix that it reverts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverts: Option<String>,
    /// Why no case notices it, as its file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survives: Option<String>,
    /// The results, by target.
    pub targets: BTreeMap<String, Cell>,
}

impl Row {
    /// A mutant, not yet run anywhere.
    pub fn new(mutant: &Mutant) -> Row {
        Row {
            mutant: mutant.name(),
            breaks: mutant.breaks.clone(),
            reverts: mutant.reverts.clone(),
            survives: mutant.survives.clone(),
            targets: BTreeMap::new(),
        }
    }

    /// Whether a case noticed on any target.
    pub fn is_killed(&self) -> bool {
        self.targets.values().any(Cell::is_killed)
    }

    /// Whether it ran somewhere, and no case noticed.
    pub fn survived(&self) -> bool {
        !self.is_killed() && self.targets.values().any(|cell| matches!(cell, Cell::Survived { .. }))
    }
}

/// The results of all mutants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The kernel.
    pub kernel: String,
    /// A row for each mutant.
    pub rows: Vec<Row>,
}

impl Matrix {
    /// For people: a block for each mutant, then the sums.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let _ = writeln!(text, "{}  {}", row.mutant, row.breaks);
            for (target, cell) in &row.targets {
                let _ = match cell {
                    Cell::Killed { first, symptom, cases } => {
                        let others = match cases.len() {
                            0 | 1 => String::new(),
                            count => format!(" and {} more cases", count - 1),
                        };
                        writeln!(text, "    {target}: killed by {first}{others}: {symptom}")
                    }
                    Cell::Survived { trials } => writeln!(text, "    {target}: survived {trials} trials"),
                    Cell::NotRun { why } => writeln!(text, "    {target}: not run: {why}"),
                };
            }
            if row.survived() {
                let why = row.survives.as_deref().unwrap_or("nobody has said why: a case is missing, or the sentence");
                let _ = writeln!(text, "    survives: {why}");
            }
        }
        let _ = writeln!(text, "\n{}", self.sums());
        text
    }

    /// `60 mutants of Linux 7.3.4: 57 killed, 3 survived (3 with a reason), 0 not run; 14 of 15 reverted fixes noticed`.
    fn sums(&self) -> String {
        let count = |of: &dyn Fn(&&Row) -> bool| self.rows.iter().filter(|row| of(row)).count();
        let (killed, survived) = (count(&|row| row.is_killed()), count(&|row| row.survived()));
        let said = count(&|row| row.survived() && row.survives.is_some());
        let (reverted, noticed) =
            (count(&|row| row.reverts.is_some()), count(&|row| row.reverts.is_some() && row.is_killed()));
        format!(
            "{} mutants of Linux {}: {killed} killed, {survived} survived ({said} with a reason), {} not run; {noticed} of \
             {reverted} reverted fixes noticed",
            self.rows.len(),
            self.kernel,
            self.rows.len() - killed - survived,
        )
    }

    /// Whether each mutant that ran either was killed or says why it survives, and not both.
    pub fn is_fine(&self) -> bool {
        self.rows.iter().all(|row| match (row.is_killed(), row.survived()) {
            (true, _) => row.survives.is_none(),
            (false, true) => row.survives.is_some(),
            (false, false) => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Cell, Incomplete, Matrix, Row};
    use crate::serial::GuestFailure;
    use crate::testing::run_of;

    fn row(name: &str, survives: Option<&str>, cells: &[(&str, Cell)]) -> Row {
        Row {
            mutant: name.to_owned(),
            breaks: "an NMI is lost".to_owned(),
            reverts: (name == "01-a").then(|| "7460fb4a3400".to_owned()),
            survives: survives.map(str::to_owned),
            targets: cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect(),
        }
    }

    #[test]
    fn what_fails_without_a_mutant_kills_none() {
        let expected: BTreeSet<String> = ["kvm::long::ioctl::smm/a".to_owned()].into();
        let died = Incomplete::Init(GuestFailure::Suite(2));
        assert_eq!(
            Cell::of(&run_of(&[("smm/a", true), ("smm/b", false)]), None, &expected),
            Cell::Survived { trials: 2 }
        );
        assert!(Cell::of(&run_of(&[("smm/a", true), ("smm/b", true)]), None, &expected).is_killed());
        assert!(Cell::of(&run_of(&[("smm/b", true)]), Some(&died), &expected).is_killed());
        let why = "run the suite: No such file or directory (os error 2)".to_owned();
        assert_eq!(Cell::of(&run_of(&[]), Some(&died), &expected), Cell::NotRun { why });
    }

    #[test]
    fn the_table_says_who_noticed_and_what_nobody_did() {
        let none = BTreeSet::new();
        let killed = Cell::of(&run_of(&[("smm/a", true), ("smm/b", true)]), None, &none);
        let lives = Cell::Survived { trials: 384 };
        let dead = Cell::NotRun { why: "the machine said nothing".to_owned() };
        let rows = vec![
            row("01-a", None, &[("amd-vnmi", killed.clone()), ("amd-event-injection", lives.clone())]),
            row("02-b", Some("the branch is never taken"), &[("amd-vnmi", lives.clone())]),
            row("03-c", None, &[("amd-vnmi", dead)]),
        ];
        let mut matrix = Matrix { kernel: "7.3.4".to_owned(), rows };
        assert!(matrix.is_fine());
        matrix.rows.push(row("04-d", None, &[("amd-vnmi", lives)]));
        assert!(!matrix.is_fine());
        insta::assert_snapshot!(matrix.text());
        let stale = Matrix { kernel: String::new(), rows: vec![row("01-a", Some("never"), &[("amd-vnmi", killed)])] };
        assert!(!stale.is_fine());
    }
}
