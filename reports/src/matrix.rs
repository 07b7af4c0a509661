//! The table of rules by machines of one run.

use std::fmt;

use crate::distinct::sorted;
use crate::kind::Class;
use crate::layout::{columns, one_line, pad};
use crate::markdown::{code, plain, row};
use crate::table::{Line, Table};
use crate::{Kind, Look, RuleRef, Tone, Trial};

/// What the rows are.
const CORNER: &str = "rule";

/// How the trials of one run ended, by rule (rows) and machine (columns). [`crate::Grid`] shows several runs side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Names of the rows.
    pub rows: Vec<String>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The cells, a row each.
    pub cells: Vec<Vec<Cell>>,
}

/// How the trials of one row went on one machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Number of trials that passed.
    pub pass: usize,
    /// Number of known deviations.
    pub known: usize,
    /// Number of trials that could not run.
    pub skipped: usize,
    /// Number of trials that failed, whatever the kind of failure.
    pub fail: usize,
    /// Ended in trouble.
    pub error: usize,
    /// Would run; only in a matrix of planned trials.
    pub would: Option<usize>,
}

impl Cell {
    fn add(&mut self, kind: Kind) {
        let count = match kind.class() {
            Class::Passed => &mut self.pass,
            Class::Known => &mut self.known,
            Class::Skipped => &mut self.skipped,
            Class::Trouble => &mut self.error,
            Class::Failed => &mut self.fail,
        };
        *count += 1;
    }

    /// The worst outcome: how many, its word, and its tone. A failure counts as worse than trouble, because it is a verdict; a
    /// skip counts least, because it says nothing. None: no trials.
    pub fn worst(&self) -> Option<(usize, &'static str, Tone)> {
        if let Some(would) = self.would.filter(|_| self.trials() > 0) {
            return Some((would, "would run", if would > 0 { Tone::Good } else { Tone::Quiet }));
        }
        [
            (self.fail, "FAIL", Tone::Bad),
            (self.error, "error", Tone::Doubt),
            (self.known, "known", Tone::Doubt),
            (self.pass, "pass", Tone::Good),
            (self.skipped, "skipped", Tone::Quiet),
        ]
        .into_iter()
        .find(|(count, ..)| *count > 0)
    }

    fn tone(&self) -> Tone {
        self.worst().map_or(Tone::Quiet, |(_, _, tone)| tone)
    }

    /// How many trials there were.
    pub fn trials(&self) -> usize {
        self.pass + self.known + self.skipped + self.fail + self.error + self.would.unwrap_or(0)
    }
}

impl fmt::Display for Cell {
    /// `12 pass`, `2 FAIL of 12`, `2 of 12 would run`, `-`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.worst() {
            None => f.pad("-"),
            Some((count, word, _)) if count == self.trials() => f.pad(&format!("{count} {word}")),
            Some((count, word, _)) if self.would.is_some() => f.pad(&format!("{count} of {} {word}", self.trials())),
            Some((count, word, _)) => f.pad(&format!("{count} {word} of {}", self.trials())),
        }
    }
}

impl Matrix {
    /// Rules by machine. Rules and machines come in the given order; ones that only trials name come after.
    pub fn by_rule(rules: &[RuleRef], machines: &[String], trials: &[Trial]) -> Matrix {
        let rows: Vec<String> = rules.iter().map(|rule| rule.id.clone()).collect();
        let cells = vec![vec![Cell::default(); machines.len()]; rows.len()];
        let mut matrix = Matrix { rows, columns: machines.to_vec(), cells };
        for trial in trials {
            let column = place(&mut matrix.columns, &trial.id.machine);
            for name in sorted(trial.rules.iter()) {
                let row = place(&mut matrix.rows, name);
                if let Some(cell) = matrix.cell_mut(row, column) {
                    cell.add(trial.outcome.kind());
                }
            }
        }
        let width = matrix.columns.len();
        matrix.cells.resize(matrix.rows.len(), Vec::new());
        matrix.cells.iter_mut().for_each(|cells| cells.resize(width, Cell::default()));
        matrix
    }

    /// The same for planned trials, where a pass means that the trial would run. It is shown as such, so that nobody mistakes what
    /// can be tested for what was tested.
    pub fn of_plan(rules: &[RuleRef], machines: &[String], trials: &[Trial]) -> Matrix {
        let mut matrix = Matrix::by_rule(rules, machines, trials);
        for cell in matrix.cells.iter_mut().flatten() {
            *cell = Cell { would: Some(cell.pass), pass: 0, ..*cell };
        }
        matrix
    }

    fn cell_mut(&mut self, row: usize, column: usize) -> Option<&mut Cell> {
        if self.cells.len() <= row {
            self.cells.resize(row + 1, Vec::new());
        }
        let cells = self.cells.get_mut(row)?;
        if cells.len() <= column {
            cells.resize(column + 1, Cell::default());
        }
        cells.get_mut(column)
    }

    /// Without the rows that have no trials at all.
    pub fn without_empty_rows(self) -> Matrix {
        let rows = self.rows.into_iter().zip(self.cells);
        let (rows, cells) = rows.filter(|(_, cells)| cells.iter().any(|cell| cell.trials() > 0)).unzip();
        Matrix { rows, cells, ..self }
    }

    /// As text, columns lined up. Machines that do not fit side by side follow in further tables; where not even one fits, each
    /// rule is a list of machines.
    pub fn text(&self, look: Look) -> String {
        let line = |(name, cells): (&String, &Vec<Cell>)| {
            Line::Row(one_line(name), cells.iter().map(|cell| (cell.tone(), cell.to_string())).collect())
        };
        let table = Table {
            corner: CORNER,
            heads: self.columns.iter().map(|name| (String::new(), one_line(name))).collect(),
            lines: self.rows.iter().zip(&self.cells).map(line).collect(),
            widest_name: usize::MAX,
        };
        if table.is_too_wide(look.width) { self.list(look) } else { table.text(look) }
    }

    fn list(&self, look: Look) -> String {
        let first = self.columns.iter().map(|name| columns(name)).max().unwrap_or(0);
        let mut out = String::new();
        for (row, cells) in self.rows.iter().zip(&self.cells) {
            out.push_str(&format!("  {}\n", look.style.paint(Tone::Strong, &one_line(row))));
            for (name, cell) in self.columns.iter().zip(cells) {
                out.push_str(&format!(
                    "    {}  {}\n",
                    pad(name, first),
                    look.style.paint(cell.tone(), &cell.to_string())
                ));
            }
        }
        out
    }

    /// As a Markdown table; cells with failures are bold.
    pub fn markdown(&self) -> String {
        let heads: Vec<String> =
            [CORNER].into_iter().chain(self.columns.iter().map(String::as_str)).map(plain).collect();
        let mut out = format!("{}|{}\n", row(&heads), "---|".repeat(heads.len()));
        for (name, cells) in self.rows.iter().zip(&self.cells) {
            let cells = cells.iter().map(|cell| if cell.fail > 0 { format!("**{cell}**") } else { cell.to_string() });
            out.push_str(&row(&[code(name)].into_iter().chain(cells).collect::<Vec<_>>()));
        }
        out
    }
}

fn place(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{self, snapshot};
    use crate::{Outcome, SavedRun};

    fn run() -> SavedRun {
        let mut run = SavedRun::default();
        samples::mixed_run().iter().for_each(|event| run.take(event));
        run
    }

    #[test]
    fn rules_by_machine() {
        let facts = samples::facts();
        let matrix = Matrix::by_rule(&facts.rules, &facts.machines, &run().trials);
        snapshot("matrix-rules", &matrix.text(Look::PLAIN));
        snapshot("matrix-rules-markdown", &matrix.markdown());
        snapshot("matrix-rules-narrow", &matrix.text(Look { width: 44, ..Look::PLAIN }));
    }

    #[test]
    fn what_did_not_run_is_told_apart() {
        let trial = |name: &str, outcome| Trial { rules: vec!["a".to_owned()], ..samples::trial(name, outcome) };
        let skipped = || Outcome::Skipped { requirement: crate::KvmLack::Pmu.into() };
        let trials = [
            trial("one::a", Outcome::Pass),
            trial("two::a", Outcome::Pass),
            trial("two::b", skipped()),
            trial("no::a", skipped()),
        ];
        let machines = ["one", "two", "no", "other"].map(str::to_owned);
        let words =
            Matrix::of_plan(&[], &machines, &trials).cells.concat().iter().map(Cell::to_string).collect::<Vec<_>>();
        assert_eq!(words, ["1 would run", "1 of 2 would run", "0 of 1 would run", "-"]);
    }

    #[test]
    fn names_outside_the_plan_get_a_place() {
        let mut trial = samples::trial("other::long::ioctl::a/b", Outcome::Pass);
        trial.rules = vec!["new.rule".to_owned(), "new.rule".to_owned()];
        let matrix = Matrix::by_rule(&[], &["kvm".to_owned()], &[trial]);
        assert_eq!((matrix.rows.len(), matrix.columns.len()), (1, 2));
        assert_eq!(matrix.cells, [[Cell::default(), Cell { pass: 1, ..Cell::default() }]]);
        assert_eq!(Matrix::default().text(Look::PLAIN), "");
    }
}
