//! The columns of a grid: machines of runs.

use serde::Serialize;

use super::Tally;
use crate::distinct::{sorted, unique};
use crate::{RunFacts, SavedRun};

/// A saved run with its names in tables.
#[derive(Clone, Copy, Debug)]
pub struct Labelled<'a> {
    /// The name that it shares with its neighbours: the lab's target, `amd-vnmi`.
    pub group: &'a str,
    /// The name that tells it from them: the kernel, `6.12.117`.
    pub name: &'a str,
    /// Run as it was saved.
    pub run: &'a SavedRun,
}

/// One machine of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The run's group; with the machine if the grid has more than one.
    pub group: String,
    /// The run's name.
    pub name: String,
    /// The machine: `kvm`.
    pub machine: String,
    /// Version of the suite, if the run says.
    pub version: Option<String>,
    /// The strategy by which its host virtualizes NMIs, if the run says.
    pub strategy: Option<String>,
    /// How its trials ended.
    pub counts: Tally,
    /// What is missing of the run, in words.
    pub shortfall: Option<String>,
}

/// Where a column comes from.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) run: Labelled<'a>,
    pub(crate) machine: &'a str,
}

/// The machines of each run, the runs of one group together; otherwise in the given order.
pub(crate) fn places<'a>(runs: &[Labelled<'a>]) -> Vec<Place<'a>> {
    let groups = unique(runs.iter().map(|run| run.group)).into_iter();
    let grouped = groups.flat_map(|group| runs.iter().filter(move |run| run.group == group));
    grouped.flat_map(|run| machines(run.run).into_iter().map(|machine| Place { run: *run, machine })).collect()
}

fn machines(run: &SavedRun) -> Vec<&str> {
    let planned = run.facts.iter().flat_map(|facts| &facts.machines);
    let machines = unique(planned.chain(run.trials.iter().map(|trial| &trial.id.machine)).map(String::as_str));
    // A host that died before its first line has a column, too: "not run" is a result.
    if machines.is_empty() { vec![""] } else { machines }
}

pub(super) fn columns(places: &[Place<'_>]) -> Vec<Column> {
    let machines = sorted(places.iter().map(|place| place.machine).filter(|name| !name.is_empty()));
    let column = |Place { run, machine }: &Place<'_>| {
        let facts = run.run.facts.as_ref();
        let group = if machines.len() > 1 { format!("{} {machine}", run.group) } else { run.group.to_owned() };
        Column {
            group: group.trim().to_owned(),
            name: run.name.to_owned(),
            machine: (*machine).to_owned(),
            version: facts.map(|facts: &RunFacts| facts.version.clone()),
            strategy: facts.and_then(|facts| facts.strategy.clone()),
            counts: Tally::default(),
            shortfall: run.run.shortfall(),
        }
    };
    places.iter().map(column).collect()
}
