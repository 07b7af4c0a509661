//! Requirements of a run: what its host must have.

use std::fmt;
use std::str::FromStr;

use guests::Mode;

use super::machines::{MachineSpec, Slot};
use crate::machine::Lack;
use crate::terms::Need;

/// What the host of a run must have, so that the run does not pass without having tested it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A machine that can be opened.
    Machine(MachineSpec),
    /// A mode that this host's KVM runs.
    Mode(Mode),
    /// Something that this host's KVM has.
    Need(Need),
}

/// Why the machines of a run do not meet a requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// The machine that would have to meet it is not in the run.
    #[error("this run does not include the machine {0}; add --machine {0}")]
    NotInRun(MachineSpec),
    /// The machine lacks it.
    #[error("{0}")]
    Lack(Lack),
}

/// A word that names no requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown requirement `{word}`; known are {}", known())]
pub struct UnknownRequirement {
    word: String,
}

fn known() -> String {
    let modes = Mode::ALL.into_iter().map(Mode::name);
    let needs = Need::ALL.iter().map(|need| need.name());
    let words: Vec<&str> = ["kvm", "model:amd", "model:intel"].into_iter().chain(modes).chain(needs).collect();
    words.join(", ")
}

impl Requirement {
    /// Why these machines do not meet it; `None` if they do.
    pub fn unmet(self, slots: &[Slot]) -> Option<Unmet> {
        let spec = match self {
            Requirement::Machine(spec) => spec,
            Requirement::Mode(_) | Requirement::Need(_) => MachineSpec::Kvm,
        };
        let Some(slot) = slots.iter().find(|slot| slot.name == spec.to_string()) else {
            return Some(Unmet::NotInRun(spec));
        };
        let lack = match (&slot.machine, self) {
            (Err(trouble), _) => Some(trouble.clone().into()),
            (Ok(_), Requirement::Machine(_)) => None,
            (Ok(machine), Requirement::Mode(mode)) => machine.lacks_mode(mode),
            (Ok(machine), Requirement::Need(need)) => machine.lacks(need),
        };
        lack.map(Unmet::Lack)
    }
}

impl FromStr for Requirement {
    type Err = UnknownRequirement;

    fn from_str(word: &str) -> Result<Self, UnknownRequirement> {
        let machine = word.parse().map(Requirement::Machine).ok();
        let mode = || word.parse().map(Requirement::Mode).ok();
        let need = || word.parse().map(Requirement::Need).ok();
        machine.or_else(mode).or_else(need).ok_or_else(|| UnknownRequirement { word: word.to_owned() })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Requirement::Machine(spec) => spec.fmt(f),
            Requirement::Mode(mode) => f.write_str(mode.name()),
            Requirement::Need(need) => f.write_str(need.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::machines::open_all;
    use super::super::options::Options;
    use super::*;
    use crate::host::HostFacts;

    fn requirement(word: &str) -> Requirement {
        word.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_requirement_reads_back_its_own_name() {
        for word in ["kvm", "model:amd", "real", "long", "smm", "peer", "x2apic"] {
            assert_eq!(requirement(word).to_string(), word);
        }
        let error = "kmv".parse::<Requirement>().unwrap_err().to_string();
        assert!(error.starts_with("unknown requirement `kmv`; known are kvm, "), "{error}");
    }

    #[test]
    fn what_is_not_there_is_told_with_the_reason() {
        let mut slots =
            open_all(&[MachineSpec::Model(crate::terms::Vendor::Amd)], &HostFacts::read(), Options::default());
        assert_eq!(requirement("model:amd").unmet(&slots), None);
        for word in ["kvm", "smm", "real"] {
            assert_eq!(requirement(word).unmet(&slots), Some(Unmet::NotInRun(MachineSpec::Kvm)));
        }
        // In the place of this host's KVM stands a model, so that it is known what it has.
        slots[0].name = "kvm".to_owned();
        assert_eq!(requirement("kvm").unmet(&slots), None);
        assert_eq!(requirement("amd").unmet(&slots), None);
        assert!(requirement("intel").unmet(&slots).is_some());
        slots[0].machine = Err(reports::Cannot::MapMemory { why: reports::NoMemory::System { errno: 12 } }.into());
        for word in ["kvm", "amd", "real"] {
            let unmet = requirement(word).unmet(&slots);
            assert!(unmet.is_some_and(|why| why.to_string().contains("Cannot allocate memory")), "{word}");
        }
    }
}
