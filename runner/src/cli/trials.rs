use std::time::Duration;

use super::failure::Failure;
use super::values::Machines;
use crate::host::HostFacts;
use crate::suite::{Filter, MachineSpec, Options, Planned, Rerun, Slot, choose, open_all};

/// The trials that the filter chooses. Errors: a word of the filter has no effect, or nothing is chosen.
pub(super) fn chosen<'a>(filter: &Filter, all: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let trials = choose(filter, all, |trial| &trial.id)?;
    if trials.is_empty() { Err(Failure::NothingToRun) } else { Ok(trials) }
}

/// The machines of `--machine`, each once, or the default ones.
pub(super) fn machines(asked: &[Machines]) -> Vec<MachineSpec> {
    let mut specs: Vec<MachineSpec> = Vec::new();
    for spec in asked.iter().flat_map(|machines| machines.0.iter().copied()) {
        if !specs.contains(&spec) {
            specs.push(spec);
        }
    }
    if specs.is_empty() { MachineSpec::default_set() } else { specs }
}

/// Opens machines with a time limit, and notes in each what a rerun of its trials needs.
pub(super) fn open_all_with(specs: &[MachineSpec], host: &HostFacts, time_limit: Duration, rerun: Rerun) -> Vec<Slot> {
    let rerun = rerun.with_limit(time_limit);
    let slots = open_all(specs, host, Options { time_limit });
    slots.into_iter().map(|slot| slot.with_rerun(rerun.clone())).collect()
}
