//! Chooses the trials of a run: by the filters, `--last-failed`, `--shard` and `--after`, in this order.

use reports::Scope;

use super::args::RunArgs;
use super::last_failed::{LastFailed, last_failed};
use crate::case::Library;
use crate::cli::failure::Failure;
use crate::cli::trials::{chosen, machines};
use crate::suite::{Filter, MachineSpec, Planned, after, plan_for};

/// The chosen trials of a run.
pub(super) struct Selection<'a> {
    /// The machines, each once.
    pub(super) machines: Vec<MachineSpec>,
    /// The trials; their slots are places in `machines`.
    pub(super) trials: Vec<Planned<'a>>,
    /// Which part of all trials these are.
    pub(super) scope: Scope,
    /// A note for the user, if the choice is not what was asked for.
    pub(super) note: Option<String>,
}

/// The trials that the flags choose. Errors: bad input, or nothing is left.
pub(super) fn select<'a>(args: &RunArgs, filter: &Filter, library: &'a Library) -> Result<Selection<'a>, Failure> {
    let failed = last_failed(args)?;
    let asked = machines(&args.machine);
    let mut machines = match &failed {
        // Without `--machine`, failed trials run on the machines on which they failed.
        Some(failed) if args.machine.is_empty() => failed.with_machines(asked.clone()),
        _ => asked.clone(),
    };
    let names: Vec<String> = machines.iter().map(ToString::to_string).collect();
    let all = plan_for(&library.cases, names.iter().map(String::as_str), &Filter::default());
    let whole = all.len();
    let mut trials = chosen(filter, all)?;
    let mut note = None;
    if let Some(failed) = failed {
        (trials, note) = only_failed(trials, &failed, &asked)?;
        machines.retain(|machine| trials.iter().any(|trial| trial.id.machine == machine.to_string()));
    }
    let scope = scope(args, whole, trials.len());
    let mut trials = part(args, trials)?;
    for trial in &mut trials {
        let place = machines.iter().position(|machine| machine.to_string() == trial.id.machine);
        trial.slot = place.unwrap_or_default();
        trial.times = args.repeat;
    }
    Ok(Selection { machines, trials, scope, note })
}

/// Those of the chosen trials that failed. If none did, all that would have been chosen without `--last-failed`, with a note: all
/// failures are fixed, and the whole is run again.
fn only_failed<'a>(
    trials: Vec<Planned<'a>>,
    failed: &LastFailed,
    asked: &[MachineSpec],
) -> Result<(Vec<Planned<'a>>, Option<String>), Failure> {
    let (kept, others): (Vec<Planned<'a>>, Vec<Planned<'a>>) =
        trials.into_iter().partition(|trial| failed.contains(&trial.id));
    if !kept.is_empty() {
        return Ok((kept, None));
    }
    let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let on_asked = |trial: &Planned<'_>| asked.contains(&trial.id.machine);
    let rest: Vec<Planned<'a>> = others.into_iter().filter(on_asked).collect();
    if rest.is_empty() {
        return Err(Failure::NoneFailed);
    }
    Ok((rest, Some(failed.none_chosen())))
}

/// The part of the planned trials that `--shard` and `--after` choose.
fn part<'a>(args: &RunArgs, mut trials: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let count = trials.len();
    if let Some(shard) = args.shard {
        trials = shard.of(trials);
        if trials.is_empty() {
            return Err(Failure::EmptyShard { shard, count });
        }
    }
    if let Some(name) = &args.after {
        trials = after(trials, name)?;
        if trials.is_empty() {
            return Err(Failure::NoneAfter(name.clone()));
        }
    }
    Ok(trials)
}

/// Which part of all trials the flags choose.
fn scope(args: &RunArgs, whole: usize, chosen: usize) -> Scope {
    let failed = args.last_failed.as_ref().map(|_| "--last-failed".to_owned());
    let filters = args.filters.iter().cloned().chain(failed).collect();
    let shards = args.shard.iter().map(|shard| shard.position()).filter(|shard| shard.of > 1).collect();
    Scope { whole, filters, chosen, shards, after: args.after.clone() }
}
