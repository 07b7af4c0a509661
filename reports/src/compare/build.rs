//! Compares two runs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::facts::facts;
use super::{Change, FactChange};
use crate::layout::{self, counted};
use crate::{Ending, SavedRun, Trial, TrialId};

/// Run A compared with run B, trial by trial.
///
/// Outcomes are the same if kind and symptom are. Cases of different contents are not compared. If each run has one machine, the
/// machines' names do not matter, so that KVM can be compared with the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The earlier run.
    pub a: ComparedRun,
    /// The run judged.
    pub b: ComparedRun,
    /// Facts about the runs and their hosts that differ, details among them.
    pub facts: Vec<FactChange>,
    /// The trials that changed, worst first, then by case.
    pub changes: Vec<TrialChange>,
    /// How many trials ended in both as before.
    pub unchanged: usize,
    /// What is missing of B that A has, and of either that it planned, in words.
    pub missing: Vec<String>,
    /// Whether missing trials do not make B worse.
    pub missing_allowed: bool,
    /// Whether trials of different machines are told apart.
    pub(super) by_machine: bool,
    /// How many trials of each case there are in either run.
    pub(super) of_case: BTreeMap<String, usize>,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedRun {
    /// Its name in reports.
    pub label: String,
    /// Version of the suite, if the run says.
    pub version: Option<String>,
    /// How many trials it has.
    pub trials: usize,
    /// What is missing of it, in words.
    pub shortfall: Option<String>,
    /// Which part of all trials it is, in words.
    pub part: Option<String>,
}

/// A trial that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrialChange {
    /// Which, as B names it; as A does if B does not have it.
    pub id: TrialId,
    /// What became of it.
    pub change: Change,
    /// How it ended in A.
    pub before: Option<Ending>,
    /// How it ended in B.
    pub after: Option<Ending>,
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// How a trial ended in A and in B. None: it did not end in that run.
#[derive(Default)]
struct Ends<'a> {
    before: Option<&'a Trial>,
    after: Option<&'a Trial>,
    /// Whether B started it.
    begun: bool,
}

impl Ends<'_> {
    /// What changed. None: nothing.
    fn change(&self) -> Option<Change> {
        match (self.before, self.after) {
            (Some(one), Some(other)) if one.hash != other.hash => Some(Change::CaseChanged),
            (Some(one), Some(other)) => Change::between(&one.outcome, &other.outcome),
            (None, Some(_)) => Some(Change::New),
            (_, None) if self.begun => Some(Change::Unended),
            (Some(_), None) => Some(Change::Gone),
            (None, None) => None,
        }
    }
}

impl Comparison {
    /// Compares B with A, each with its name in reports. Of a trial that a run has twice, the last counts.
    pub fn new(a: (&str, &SavedRun), b: (&str, &SavedRun)) -> Comparison {
        let by_machine = !(has_one_machine(a.1) && has_one_machine(b.1));
        let mut trials: BTreeMap<Key<'_>, (&TrialId, Ends<'_>)> = BTreeMap::new();
        for trial in &a.1.trials {
            trials.entry(key(&trial.id, by_machine)).or_insert((&trial.id, Ends::default())).1.before = Some(trial);
        }
        for id in b.1.unfinished.iter().filter(|id| !a.1.unfinished.contains(id)) {
            trials.entry(key(id, by_machine)).or_insert((id, Ends::default())).1.begun = true;
        }
        for trial in &b.1.trials {
            let both = trials.entry(key(&trial.id, by_machine)).or_insert((&trial.id, Ends::default()));
            both.0 = &trial.id;
            both.1.after = Some(trial);
        }
        let mut changes = Vec::new();
        let mut unchanged = 0;
        let mut of_case: BTreeMap<String, usize> = BTreeMap::new();
        for (id, ends) in trials.into_values() {
            *of_case.entry(id.case.clone()).or_default() += 1;
            let said = |trial: Option<&Trial>| trial.map(|trial| Ending::of(&trial.outcome));
            match ends.change() {
                None => unchanged += 1,
                Some(change) => changes.push(TrialChange {
                    id: id.clone(),
                    change,
                    before: said(ends.before),
                    after: said(ends.after),
                }),
            }
        }
        // A stable sort: within a change they stay by case, machine, mode and path.
        changes.sort_by_key(|one| one.change);
        let facts = facts(a.1, b.1);
        let (missing, missing_allowed) = (Vec::new(), false);
        let (runs, a, b) = ((a.1, b.1), ComparedRun::of(a), ComparedRun::of(b));
        let comparison = Comparison { a, b, facts, changes, unchanged, missing, missing_allowed, by_machine, of_case };
        Comparison { missing: comparison.lost(runs.0, runs.1), ..comparison }
    }

    /// The same where B may be without trials that A has, and either may be incomplete.
    pub fn allowing_missing(self) -> Comparison {
        Comparison { missing_allowed: true, ..self }
    }

    /// Whether B is worse than A: a trial fails in B that did not fail in A, or not in this way, or of which A says
    /// nothing (new, no longer skipped, of other contents); or it did not end in B; or it was judged in A and ended in
    /// trouble in B; or something is missing that may not be.
    pub fn worse(&self) -> bool {
        let missing = !self.missing_allowed && !self.missing.is_empty();
        missing
            || self
                .changes
                .iter()
                .any(|one| one.change.is_worse() || one.after.as_ref().is_some_and(|said| said.kind.deviates()))
    }

    /// What is missing for a verdict on B.
    fn lost(&self, a: &SavedRun, b: &SavedRun) -> Vec<String> {
        let mut lost: Vec<String> = Vec::new();
        for (name, party) in [("A", &self.a), ("B", &self.b)] {
            lost.extend(party.shortfall.iter().map(|shortfall| format!("{name} is incomplete: {shortfall}")));
        }
        // How many trials there are is of the suite's version; those that are gone are counted apart.
        let scope = |run: &'_ SavedRun| {
            let scope = run.facts.as_ref()?.scope.clone()?;
            Some((scope.filters, scope.shards, scope.after))
        };
        if scope(a) != scope(b) {
            lost.extend(self.b.part.iter().map(|part| format!("B is a part of a run: {part}")));
        }
        for (change, words) in [(Change::Gone, "of A, not in B"), (Change::NowSkipped, "that ran in A, skipped in B")] {
            match self.count(change) {
                0 => {}
                count => lost.push(format!("{} {words}", counted(count, "trial"))),
            }
        }
        lost
    }

    /// How many trials changed in this way.
    pub fn count(&self, change: Change) -> usize {
        self.changes.iter().filter(|one| one.change == change).count()
    }

    /// In one line, how many trials changed in which way: `2 broken, 1 fixed, 9 unchanged`.
    pub fn summary(&self) -> String {
        let counts = Change::ALL.into_iter().map(|change| (self.count(change), change.name()));
        let counts = layout::counts(counts.chain([(self.unchanged, "unchanged")]));
        counts.unwrap_or_else(|| "no trials in either run".to_owned())
    }
}

impl ComparedRun {
    fn of((label, run): (&str, &SavedRun)) -> ComparedRun {
        ComparedRun {
            label: label.to_owned(),
            version: run.facts.as_ref().map(|facts| facts.version.clone()),
            trials: run.trials.len(),
            shortfall: run.shortfall(),
            part: run.part(),
        }
    }
}

fn key(id: &TrialId, by_machine: bool) -> Key<'_> {
    (&id.case, if by_machine { &id.machine } else { "" }, &id.mode, &id.path)
}

fn has_one_machine(run: &SavedRun) -> bool {
    run.ids().next().is_some_and(|first| run.ids().all(|id| id.machine == first.machine))
}
