//! The plan of a hunt, and whether it can be resumed on this host.

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

/// The most threads, and the most virtual machines, of the load.
pub const MOST_LOAD: u16 = 4096;

/// The plan of a hunt: everything that is needed to resume it, and the first line of its journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The seed of orders and delays.
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
    /// The load.
    pub load: LoadPlan,
    /// Hashes of the cases' contents, by id: a hunt cannot be resumed with other contents.
    pub hashes: BTreeMap<String, String>,
    /// Facts given by `--fact`, which are needed again when the hunt is resumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<HostFact>,
    /// The facts of the hunt and its host.
    pub facts: RunFacts,
}

/// The load of rounds under load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// The number of threads that use up processor time.
    pub burn: usize,
    /// The number of virtual machines that run beside and take NMIs.
    pub guests: usize,
    /// The longest delay between host actions, in microseconds.
    pub jitter: u64,
}

/// A value of a plan that no command line can set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} is {value}, and may be from {least} to {most}")]
pub struct Absurd {
    key: &'static str,
    value: u64,
    least: u64,
    most: u64,
}

/// Why a hunt cannot be resumed here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} was `{then}` when the hunt began and is `{now}` now; start a new hunt with another journal")]
pub struct Changed {
    /// What has changed.
    pub what: String,
    /// Its value when the hunt began.
    pub then: String,
    /// Its value now.
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

    /// Whether the hunt can have a trial of this name.
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

    /// Checks the values that a command line sets. Errors: one that none can set, which shows that the journal is damaged.
    pub fn admissible(&self) -> Result<(), Absurd> {
        let within = |key: &'static str, value: u64, range: RangeInclusive<u64>| {
            if range.contains(&value) {
                Ok(())
            } else {
                Err(Absurd { key, value, least: *range.start(), most: *range.end() })
            }
        };
        let most = u64::from(MOST_LOAD);
        within("load.burn", self.load.burn as u64, 0..=most)?;
        within("load.guests", self.load.guests as u64, 0..=most)?;
        within("load.jitter", self.load.jitter, 0..=LIMIT.as_micros() as u64)?;
        within("limit", self.limit, 10..=3_600_000)
    }

    /// Checks that `now` has the same version, host and cases. Errors: the first difference.
    pub fn check(&self, now: &Plan) -> Result<(), Changed> {
        let word = |value: Option<&String>| value.map_or("none".to_owned(), String::clone);
        let changed = |what: String, then: String, now: String| Changed { what, then, now };
        let ids = self.hashes.keys().chain(now.hashes.keys());
        let case =
            |id| changed(format!("the content of case {id}"), word(self.hashes.get(id)), word(now.hashes.get(id)));
        let (old, new) = (&self.facts, &now.facts);
        let version = changed("the version of this suite".to_owned(), old.version.clone(), new.version.clone());
        let facts = old.host.iter().filter(|fact| !fact.detail).map(|fact| {
            let other = new.host.iter().find(|other| other.name == fact.name);
            changed(fact.name.clone(), fact.value.clone(), other.map(|other| other.value.clone()).unwrap_or_default())
        });
        let strategy = changed("strategy".to_owned(), word(old.strategy.as_ref()), word(new.strategy.as_ref()));
        let mut all = ids.map(case).chain([version]).chain(facts).chain([strategy]);
        all.find(|one| one.then != one.now).map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_no_command_line_gives_is_absurd() {
        let load = LoadPlan { burn: 2, guests: 1, jitter: 500 };
        let sound = Plan { limit: 1000, load, ..Plan::default() };
        assert_eq!(sound.admissible(), Ok(()));
        for absurd in [
            Plan { limit: 0, ..sound.clone() },
            Plan { load: LoadPlan { burn: 1 << 40, ..load }, ..sound.clone() },
            Plan { load: LoadPlan { guests: 4097, ..load }, ..sound.clone() },
            Plan { load: LoadPlan { jitter: u64::MAX, ..load }, ..sound.clone() },
        ] {
            assert!(absurd.admissible().is_err_and(|error| error.to_string().contains("may be from ")));
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
