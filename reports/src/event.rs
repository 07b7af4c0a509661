//! The events of a run.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::is_default::is_default;
use crate::{ErratumRef, Kind, Outcome, Scope};

/// One event of a run, and one line of a saved run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// The run starts.
    RunStarted(RunFacts),
    /// A trial starts; written before it runs, so that a run that dies names its last trial.
    TrialStarted {
        /// Name of the trial.
        id: TrialId,
    },
    /// A trial ended.
    TrialFinished(Box<Trial>),
    /// The run ended. A saved run without it was cut off.
    RunFinished(Summary),
}

/// What a run is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// Version of the suite.
    pub version: String,
    /// Seconds since 1970, UTC.
    pub started: u64,
    /// How many trials are planned.
    pub trials: usize,
    /// Which of all trials these are. None: the file is older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The machines, in order.
    pub machines: Vec<String>,
    /// Facts about the host, in the order to show them.
    pub host: Vec<HostFact>,
    /// The strategy by which this host virtualizes NMIs, if KVM is among the machines.
    pub strategy: Option<String>,
    /// Every rule, with its source.
    pub rules: Vec<RuleRef>,
    /// Known errata of this host's processor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errata: Vec<ErratumRef>,
}

/// One fact about the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFact {
    /// What it is about: `kernel`.
    pub name: String,
    /// What it says: `6.12.117`.
    pub value: String,
    /// Whether it is kept in saved runs but not shown in summaries.
    #[serde(default)]
    pub detail: bool,
}

/// A rule as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    /// The rule's id, as cases name it.
    pub id: String,
    /// What the rule says, in the suite's words.
    pub statement: String,
    /// The sources, each in one line.
    pub sources: Vec<String>,
}

/// Names a trial: `<machine>::<mode>::<path>::<case>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrialId {
    /// `kvm`, `model:amd`, ...
    pub machine: String,
    /// `real`, `protected` or `long`.
    pub mode: String,
    /// How NMIs are raised.
    pub path: String,
    /// Id of the case: `blocking/second-nmi-waits`.
    pub case: String,
}

impl fmt::Display for TrialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}::{}::{}", self.machine, self.mode, self.path, self.case)
    }
}

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Name of the trial.
    pub id: TrialId,
    /// The case's summary.
    pub summary: String,
    /// Ids of the rules it tests.
    pub rules: Vec<String>,
    /// Hash of the case's content, so that runs of different cases are never compared by mistake.
    pub hash: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Counters of the plain pass.
    pub statistics: BTreeMap<String, u64>,
    /// How long all its runs took, in microseconds.
    pub micros: u64,
    /// If it was repeated: how many repetitions ended with each kind of outcome. [`Trial::outcome`] is the first failure
    /// of them, or without one the worst.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, u32>,
}

/// Counts by outcome, and how the run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many trials ended with each kind of outcome; kinds that did not occur are left out.
    pub counts: BTreeMap<String, usize>,
    /// Trials whose guest really ran.
    pub executed: usize,
    /// Whether the run ended before its last trial.
    pub interrupted: bool,
    /// Why it did, if it stopped by itself: `kvm::long::ioctl::a/b failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// How many NMIs reached a running processor late, if a whole run measured that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kicks: Option<Kicks>,
    /// Known deviations that show only sometimes and showed in no trial of a whole run: their entries must go.
    #[serde(default)]
    pub stale: Vec<StaleEntry>,
    /// Machines on which no trial executed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untested: Vec<String>,
    /// Demands that were not met, in words: a requirement of the host, or a trial that was skipped and must not be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<String>,
}

/// An entry of the known deviations that must go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleEntry {
    /// Its id.
    pub id: String,
    /// Its reason, for reports.
    pub reason: String,
}

/// NMIs that one processor sent to another that was running, on this host's KVM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kicks {
    /// How many were sent.
    pub sent: u32,
    /// How many came only after tens of microseconds: KVM did not interrupt the processor for them.
    pub late: u32,
    /// Whether the last one that was sent never came.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lost: bool,
}

impl TrialId {
    /// The id without its machine: `<mode>::<path>::<case>`.
    pub fn within_machine(&self) -> String {
        format!("{}::{}::{}", self.mode, self.path, self.case)
    }

    /// The id without its case: `<machine>::<mode>::<path>`.
    pub fn variant(&self) -> String {
        format!("{}::{}::{}", self.machine, self.mode, self.path)
    }
}

impl Trial {
    /// A trial of which only the outcome is known.
    pub fn bare(id: TrialId, outcome: Outcome) -> Trial {
        Trial {
            id,
            summary: String::new(),
            rules: Vec::new(),
            hash: String::new(),
            outcome,
            statistics: BTreeMap::new(),
            micros: 0,
            repeats: BTreeMap::new(),
        }
    }

    /// A description in one line: of its outcome, and of its repetitions if they differ. None if nothing went wrong.
    pub fn headline(&self) -> Option<String> {
        match (self.outcome.headline(), self.differing()) {
            (Some(headline), Some(differing)) => Some(format!("{headline} ({differing})")),
            (headline, differing) => headline.or(differing),
        }
    }

    /// How its repetitions ended, if they differ: `8 of 10 pass, 2 hang`.
    pub fn differing(&self) -> Option<String> {
        let total = self.repeated();
        let mut counts: Vec<(&String, &u32)> = self.repeats.iter().collect();
        // The most frequent first; of equals the alphabet decides.
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let ((name, count), others) = counts.split_first()?;
        if others.is_empty() {
            return None;
        }
        let others: String = others.iter().map(|(name, count)| format!(", {count} {name}")).collect();
        Some(format!("{count} of {total} {name}{others}"))
    }

    /// How many times it ran.
    pub fn times(&self) -> u32 {
        self.repeated().max(1)
    }

    /// Saturates, because a file may hold any numbers.
    fn repeated(&self) -> u32 {
        self.repeats.values().fold(0, |sum, &count| sum.saturating_add(count))
    }
}

impl Summary {
    /// Counts these trials. A trial counts as executed unless it was skipped or ended in trouble.
    pub fn of<'a>(trials: impl IntoIterator<Item = &'a Trial>, interrupted: bool, millis: u64) -> Summary {
        let mut summary = Summary { interrupted, millis, ..Summary::default() };
        for trial in trials {
            let kind = trial.outcome.kind();
            *summary.counts.entry(kind.name().to_owned()).or_default() += 1;
            summary.executed += usize::from(!matches!(kind, Kind::Skipped | Kind::Error));
        }
        summary
    }

    /// How many trials ended this way.
    pub fn count(&self, kind: Kind) -> usize {
        self.counts.get(kind.name()).copied().unwrap_or(0)
    }

    /// How many trials failed, whatever the kind of failure; trouble is not a failure.
    pub fn failed(&self) -> usize {
        Kind::ALL
            .into_iter()
            .filter(|kind| kind.is_failure())
            .map(|kind| self.count(kind))
            .fold(0, usize::saturating_add)
    }
}
