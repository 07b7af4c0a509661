//! `--last-failed`: the trials that failed, of a saved run or when they last ran.

use std::collections::BTreeSet;

use reports::TrialId;

use super::args::RunArgs;
use super::failure_file::{FailureFile, has_failed};
use crate::cli::failure::Failure;
use crate::command::read_saved;
use crate::suite::MachineSpec;

/// The trials that failed, or ended in trouble, when they last ran.
pub(super) struct LastFailed {
    names: BTreeSet<String>,
    /// When they failed, in words for messages.
    when: String,
}

/// The failed trials of the saved run that `--last-failed` names, or of the failure file. Errors: the saved run cannot be read.
pub(super) fn last_failed(args: &RunArgs) -> Result<Option<LastFailed>, Failure> {
    let Some(given) = &args.last_failed else { return Ok(None) };
    let failed = match given {
        Some(file) => {
            let trials = read_saved(file)?.trials;
            let names = trials.iter().filter(|trial| has_failed(trial)).map(|trial| trial.id.to_string()).collect();
            LastFailed { names, when: format!("in {}", file.display()) }
        }
        None => LastFailed { names: FailureFile::of(&args.from).read(), when: "when they last ran".to_owned() },
    };
    Ok(Some(failed))
}

impl LastFailed {
    /// Whether the trial failed.
    pub(super) fn contains(&self, id: &TrialId) -> bool {
        self.names.contains(&id.to_string())
    }

    /// These machines, and those of the trials that failed.
    pub(super) fn with_machines(&self, mut machines: Vec<MachineSpec>) -> Vec<MachineSpec> {
        let own = self.names.iter().filter_map(|name| name.split("::").next()?.parse().ok());
        for machine in own {
            if !machines.contains(&machine) {
                machines.push(machine);
            }
        }
        machines
    }

    /// A note for when none of them is among the chosen trials.
    pub(super) fn none_chosen(&self) -> String {
        let when = &self.when;
        let failed = match self.names.len() {
            0 => format!("none of the chosen trials failed {when}"),
            1 => format!("the trial that failed {when} is not among the chosen ones"),
            count => format!("the {count} trials that failed {when} are not among the chosen ones"),
        };
        format!("{failed}: running all of these")
    }
}
