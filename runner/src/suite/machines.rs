//! Machines by name, and opening them.

use std::fmt;
use std::str::FromStr;

use guests::suggest;

use super::options::Options;
use super::rerun::Rerun;
use crate::case::Site;
use crate::host::{HostFacts, KernelLog};
use crate::machine::faulty::{Fault, FaultyMachine};
use crate::machine::jitter::{DelayedMachine, Jitter};
use crate::machine::kvm::{KvmMachine, Timing};
use crate::machine::model::ModelMachine;
use crate::machine::{Machine, Trouble};
use crate::terms::Vendor;

/// A machine as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MachineSpec {
    /// This host's KVM.
    Kvm,
    /// The model of one vendor's processor.
    Model(Vendor),
    /// A machine with a planted fault, for trying out what a report says.
    Faulty(Fault),
}

/// A word that names no machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown machine `{word}`; {}", meant(word))]
pub struct UnknownMachine {
    word: String,
}

fn meant(word: &str) -> String {
    let faults: Vec<String> = Fault::ALL.iter().map(|fault| format!("faulty:{fault}")).collect();
    let known =
        [reports::KVM, "model", "model:amd", "model:intel"].into_iter().chain(faults.iter().map(String::as_str));
    suggest::did_you_mean(word, known).unwrap_or_default()
}

impl MachineSpec {
    /// The machines that a word of the command line names: `model` names those of both vendors.
    pub fn parse(word: &str) -> Result<Vec<Self>, UnknownMachine> {
        match word {
            "model" => Ok(Vendor::ALL.iter().copied().map(MachineSpec::Model).collect()),
            _ => word.parse().map(|spec| vec![spec]),
        }
    }

    /// What runs when nothing is asked for: KVM if it can, and the model.
    pub fn default_set() -> Vec<Self> {
        vec![MachineSpec::Kvm, MachineSpec::Model(Vendor::Amd), MachineSpec::Model(Vendor::Intel)]
    }
}

impl FromStr for MachineSpec {
    type Err = UnknownMachine;

    fn from_str(word: &str) -> Result<Self, UnknownMachine> {
        let unknown = || UnknownMachine { word: word.to_owned() };
        match word.split_once(':') {
            None if word == reports::KVM => Ok(MachineSpec::Kvm),
            Some(("model", vendor)) => vendor.parse().map(MachineSpec::Model).map_err(|()| unknown()),
            Some(("faulty", fault)) => fault.parse().map(MachineSpec::Faulty).map_err(|()| unknown()),
            None | Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for MachineSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MachineSpec::Kvm => f.write_str(reports::KVM),
            MachineSpec::Model(vendor) => write!(f, "model:{vendor}"),
            MachineSpec::Faulty(fault) => write!(f, "faulty:{fault}"),
        }
    }
}

/// A machine of a run: open, or the reason why it could not be opened.
pub struct Slot {
    /// Its name in trial names.
    pub name: String,
    /// The vendor whose manual it should follow.
    pub vendor: Vendor,
    /// The machine, or why it could not be opened.
    pub machine: Result<Box<dyn Machine>, Trouble>,
    /// What known deviations are matched by.
    pub site: Site,
    /// The log of the kernel that it runs on, if it can be watched.
    pub kernel_log: Option<KernelLog>,
    /// What a rerun of one of its trials needs beside the trial's name.
    pub rerun: Rerun,
    /// The source of its delays, if each trial restarts them.
    jitter: Option<Jitter>,
}

impl Slot {
    /// The same, with delays between host actions as its jitter says.
    pub fn with_jitter(self, jitter: &Jitter) -> Self {
        let late = |machine| Box::new(DelayedMachine::new(machine, jitter.clone())) as Box<dyn Machine>;
        Self { machine: self.machine.map(late), ..self }
    }

    /// The same, with what a rerun needs. Each trial restarts the delays, so that it has the same ones when it runs alone.
    pub fn with_rerun(self, rerun: Rerun) -> Self {
        if rerun.jitter.is_none() {
            return Self { rerun, ..self };
        }
        let jitter = Jitter::default();
        Self { rerun, jitter: Some(jitter.clone()), ..self.with_jitter(&jitter) }
    }

    /// Restarts the delays, before each trial.
    pub(super) fn start_delays(&self) {
        if let Some(jitter) = &self.jitter {
            jitter.set(self.rerun.jitter);
        }
    }

    /// A machine that is open, under its own name.
    pub fn of(machine: Box<dyn Machine>, site: Site) -> Self {
        Self::new(machine.name().to_owned(), machine.vendor(), Ok(machine), site)
    }

    fn new(name: String, vendor: Vendor, machine: Result<Box<dyn Machine>, Trouble>, site: Site) -> Self {
        Self { name, vendor, machine, site, kernel_log: None, rerun: Rerun::default(), jitter: None }
    }
}

/// Opens a machine. It never fails: a machine that cannot be opened skips its trials with the reason.
pub fn open(spec: MachineSpec, host: &HostFacts, options: Options) -> Slot {
    let name = spec.to_string();
    let plain = |machine| Slot::of(machine, Site { strategy: spec.to_string(), ..Site::default() });
    match spec {
        MachineSpec::Kvm => {
            let machine = KvmMachine::open().map(|mut machine| {
                machine.set_timing(Timing { limit: options.time_limit, ..Timing::default() });
                Box::new(machine) as Box<dyn Machine>
            });
            let site = Site {
                strategy: host.strategy().to_string(),
                kernel: host.kernel_version.clone(),
                emulator: host.emulator.clone(),
                parameters: host.parameters(),
            };
            Slot { kernel_log: KernelLog::open().ok(), ..Slot::new(name, host.vendor, machine, site) }
        }
        MachineSpec::Model(vendor) => plain(Box::new(ModelMachine::new(vendor, None))),
        MachineSpec::Faulty(fault) => plain(Box::new(FaultyMachine::new(fault))),
    }
}

/// Opens all, in order.
pub fn open_all(specs: &[MachineSpec], host: &HostFacts, options: Options) -> Vec<Slot> {
    specs.iter().map(|&spec| open(spec, host, options)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_reads_back_its_own_name() {
        for spec in MachineSpec::default_set().into_iter().chain(Fault::ALL.iter().copied().map(MachineSpec::Faulty)) {
            assert_eq!(spec.to_string().parse(), Ok(spec));
        }
    }

    #[test]
    fn each_trial_restarts_the_delays() {
        let open = |jitter: &str| {
            let rerun = Rerun { jitter: jitter.parse().ok(), ..Rerun::default() };
            open(MachineSpec::Model(Vendor::Amd), &HostFacts::read(), Options::default()).with_rerun(rerun)
        };
        let drawn = |slot: &Slot| {
            slot.start_delays();
            (0..100).map(|_| slot.jitter.as_ref().expect("it has delays").next()).collect::<Vec<_>>()
        };
        let slot = open("7:300");
        let first = drawn(&slot);
        assert_eq!(first, drawn(&slot), "one that runs alone has the same");
        assert_ne!(first, drawn(&open("8:300")));
    }

    #[test]
    fn model_is_both_vendors() {
        assert_eq!(MachineSpec::parse("model").map(|specs| specs.len()), Ok(2));
    }

    #[test]
    fn an_unknown_machine_is_told_the_nearest_or_the_known_ones() {
        let error = |word| MachineSpec::parse(word).unwrap_err().to_string();
        assert_eq!(error("modl"), "unknown machine `modl`; did you mean `model`?");
        assert_eq!(error("faulty:daef"), "unknown machine `faulty:daef`; did you mean `faulty:deaf`?");
        assert!(error("xyz").starts_with("unknown machine `xyz`; known: kvm, model,"), "{}", error("xyz"));
    }
}
