use super::failure::Failure;
use super::values::Machines;
use crate::suite::{Filter, MachineSpec, Planned, choose};

/// The trials that the filter chooses. Errors: a word of it that does nothing, or nothing is chosen.
pub(super) fn chosen<'a>(filter: &Filter, all: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let trials = choose(filter, all, |trial| &trial.id)?;
    if trials.is_empty() { Err(Failure::NothingToRun) } else { Ok(trials) }
}

/// The machines that are asked for, each once, or the default ones.
pub(super) fn machines(asked: &[Machines]) -> Vec<MachineSpec> {
    let mut specs: Vec<MachineSpec> = Vec::new();
    for spec in asked.iter().flat_map(|machines| machines.0.iter().copied()) {
        if !specs.contains(&spec) {
            specs.push(spec);
        }
    }
    if specs.is_empty() { MachineSpec::default_set() } else { specs }
}
