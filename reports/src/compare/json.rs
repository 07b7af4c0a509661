use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Change, ComparedRun, Comparison, FactChange, TrialChange};
use crate::json_text::write_json;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    worse: bool,
    missing: &'a [String],
    missing_allowed: bool,
    a: &'a ComparedRun,
    b: &'a ComparedRun,
    facts: &'a [FactChange],
    counts: BTreeMap<Change, usize>,
    unchanged: usize,
    changes: &'a [TrialChange],
}

impl Comparison {
    /// Writes it as one JSON object in one line.
    ///
    /// The members are those of [`Comparison`], with `format`: `nmi-comparison-1`, `worse`: whether B is worse, and `counts`:
    /// how many trials changed in which way, without zeros. A later `nmi-comparison-1` only adds members; a change to what
    /// is there gets another number. Errors: the writer's.
    pub fn json(&self, mut to: impl Write) -> io::Result<()> {
        let counts = Change::ALL.into_iter().map(|change| (change, self.count(change)));
        let document = Document {
            format: "nmi-comparison-1",
            worse: self.worse(),
            missing: &self.missing,
            missing_allowed: self.missing_allowed,
            a: &self.a,
            b: &self.b,
            facts: &self.facts,
            counts: counts.filter(|(_, count)| *count > 0).collect(),
            unchanged: self.unchanged,
            changes: &self.changes,
        };
        write_json(&mut to, &document)?;
        to.write_all(b"\n")
    }
}
