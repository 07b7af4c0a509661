//! What a hunt is to do, and whether it can be resumed here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use guests::Mode;
use reports::{HostFact, RunFacts};
use serde::{Deserialize, Serialize};

use super::order::is_loaded;
use crate::machine::jitter::LIMIT;
use crate::terms;

/// The most threads, and the most virtual machines, that may keep a host busy.
pub const MOST_LOAD: u16 = 4096;

/// What a hunt is to do: everything that resuming it needs, and the first line of its journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// From which order and delays follow.
    pub seed: u64,
    /// How long to hunt, in milliseconds.
    pub millis: u64,
    /// After how many rounds to stop, if sooner.
    pub rounds: Option<u64>,
    /// Names of the machines.
    pub machines: Vec<String>,
    /// Which trials, in the words of the command line.
    pub filters: Vec<String>,
    /// Folder of the cases, if not those built in.
    pub cases: Option<PathBuf>,
    /// Name of the emulator, if given.
    pub emulator: Option<String>,
    /// Milliseconds of processor time without an exit after which a guest is said to hang.
    pub limit: u64,
    /// What keeps the host busy.
    pub load: LoadPlan,
    /// Hashes of the cases' contents, by id: a hunt resumed with others would count different things as one.
    pub hashes: BTreeMap<String, String>,
    /// Facts that were given: the host alone does not tell them again when the hunt is resumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<HostFact>,
    /// What a run says of itself and its host.
    pub facts: RunFacts,
}

/// What keeps the host busy in rounds under load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// Threads that burn.
    pub burn: usize,
    /// Virtual machines that run and take NMIs of their own.
    pub guests: usize,
    /// The longest delay between host actions, in microseconds.
    pub jitter: u64,
}

/// Why a hunt cannot be resumed here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} was `{then}` when the hunt began and is `{now}` now; start a new hunt with another journal")]
pub struct Changed {
    /// What is not as it was.
    pub what: String,
    /// What it was.
    pub then: String,
    /// What it is.
    pub now: String,
}

impl Plan {
    /// Whether a round is under load.
    pub fn is_loaded(&self, round: u64) -> bool {
        self.load != LoadPlan::default() && is_loaded(round)
    }

    /// The longest delay between host actions.
    pub fn longest_delay(&self) -> Duration {
        Duration::from_micros(self.load.jitter)
    }

    /// Whether a trial of this name can be part of the hunt.
    pub fn knows(&self, trial: &str) -> bool {
        let mut parts = trial.splitn(4, "::");
        let mut part = || parts.next().unwrap_or_default();
        let (machine, mode, path, case) = (part(), part(), part(), part());
        let is_machine = self.machines.iter().any(|known| known == machine);
        is_machine
            && mode.parse::<Mode>().is_ok()
            && path.parse::<terms::Path>().is_ok()
            && self.hashes.contains_key(case)
    }

    /// What no command line asks for, in words: the journal that says so was damaged.
    pub fn absurd(&self) -> Option<String> {
        let within = |name: &str, value: u64, range: RangeInclusive<u64>| {
            let words = || format!("{name} is {value}, and may be from {} to {}", range.start(), range.end());
            (!range.contains(&value)).then(words)
        };
        let most = u64::from(MOST_LOAD);
        within("load.burn", self.load.burn as u64, 0..=most)
            .or_else(|| within("load.guests", self.load.guests as u64, 0..=most))
            .or_else(|| within("load.jitter", self.load.jitter, 0..=LIMIT.as_micros() as u64))
            .or_else(|| within("limit", self.limit, 10..=3_600_000))
    }

    /// Whether `now` plans the same: the same version, host and cases.
    ///
    /// Errors: the first thing that differs.
    pub fn check(&self, now: &Plan) -> Result<(), Changed> {
        let mut then_and_now = vec![("the version of this suite".to_owned(), &self.facts.version, &now.facts.version)];
        let nothing = String::new();
        for fact in self.facts.host.iter().filter(|fact| !fact.detail) {
            let other = now.facts.host.iter().find(|other| other.name == fact.name);
            then_and_now.push((fact.name.clone(), &fact.value, other.map_or(&nothing, |other| &other.value)));
        }
        let none = "none".to_owned();
        let strategy = |plan: &'_ Plan| plan.facts.strategy.clone().unwrap_or_else(|| none.clone());
        let (was, is) = (strategy(self), strategy(now));
        then_and_now.push(("strategy".to_owned(), &was, &is));
        for id in self.hashes.keys().chain(now.hashes.keys()) {
            let hash = |plan: &'_ Plan| plan.hashes.get(id).cloned().unwrap_or_else(|| none.clone());
            let (then, now) = (hash(self), hash(now));
            if then != now {
                return Err(Changed { what: format!("the content of case {id}"), then, now });
            }
        }
        match then_and_now.into_iter().find(|(_, then, now)| then != now) {
            Some((what, then, now)) => Err(Changed { what, then: then.clone(), now: now.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_no_command_line_gives_is_absurd() {
        let load = LoadPlan { burn: 2, guests: 1, jitter: 500 };
        let sound = Plan { limit: 1000, load, ..Plan::default() };
        assert_eq!(sound.absurd(), None);
        for absurd in [
            Plan { limit: 0, ..sound.clone() },
            Plan { load: LoadPlan { burn: 1 << 40, ..load }, ..sound.clone() },
            Plan { load: LoadPlan { guests: 4097, ..load }, ..sound.clone() },
            Plan { load: LoadPlan { jitter: u64::MAX, ..load }, ..sound.clone() },
        ] {
            assert!(absurd.absurd().is_some_and(|words| words.contains("may be from ")));
        }
    }

    #[test]
    fn a_hunt_knows_its_trials() {
        let hashes = [("a/b".to_owned(), "77aa".to_owned())].into();
        let plan = Plan { machines: vec!["model:amd".to_owned()], hashes, ..Plan::default() };
        assert!(plan.knows("model:amd::long::ioctl::a/b"));
        for other in ["kvm::long::ioctl::a/b", "model:amd::lang::ioctl::a/b", "model:amd::long::ioctl::a/c", "", "a/b"]
        {
            assert!(!plan.knows(other), "{other}");
        }
    }

    #[test]
    fn a_hunt_goes_on_only_where_all_is_as_it_was() {
        let fact = |value: &str| HostFact { name: "kernel".to_owned(), value: value.to_owned(), detail: false };
        let plan = |kernel: &str, hash: &str| Plan {
            hashes: [("a/b".to_owned(), hash.to_owned())].into(),
            facts: RunFacts { host: vec![fact(kernel)], ..RunFacts::default() },
            ..Plan::default()
        };
        let then = plan("6.1", "77aa");
        assert_eq!(then.check(&then), Ok(()));
        let said = |now: Plan| then.check(&now).expect_err("changed").to_string();
        assert_eq!(
            said(plan("6.12", "77aa")),
            "kernel was `6.1` when the hunt began and is `6.12` now; start a new hunt with another journal"
        );
        assert!(said(plan("6.1", "5f1d")).starts_with("the content of case a/b was `77aa`"));
        let fewer = Plan { hashes: BTreeMap::new(), ..then.clone() };
        assert!(
            said(fewer.clone()).starts_with("the content of case a/b was `77aa` when the hunt began and is `none`")
        );
        assert!(fewer.check(&then).is_err(), "a case more is another plan, too");
    }
}
