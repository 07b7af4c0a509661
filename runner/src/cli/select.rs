use reports::Scope;

use super::args::RunArgs;
use super::last_failed::{Failed, failed};
use super::start::Failure;
use super::values::Machines;
use crate::case::Library;
use crate::suite::{Filter, MachineSpec, Planned, after, choose, plan_for};

/// What a run is of.
pub(super) struct Selection<'a> {
    /// The machines, each once.
    pub(super) machines: Vec<MachineSpec>,
    /// The trials, by place of their machine.
    pub(super) trials: Vec<Planned<'a>>,
    /// What part of all trials these are.
    pub(super) scope: Scope,
    /// What is to be said of the choice.
    pub(super) note: Option<String>,
}

/// The trials that the flags ask for. Errors: bad input; also where nothing is left.
pub(super) fn select<'a>(args: &RunArgs, library: &'a Library) -> Result<Selection<'a>, Failure> {
    let filter = filter(&args.filters, args.exact)?.passing_over(&library.passed_over);
    let failed = failed(args)?;
    let asked = machines(&args.machine);
    let known = match &failed {
        // Where no machine is named, a trial that failed brings its own.
        Some(failed) if args.machine.is_empty() => failed.with_machines(asked.clone()),
        _ => asked.clone(),
    };
    let mut machines = known;
    let names: Vec<String> = machines.iter().map(ToString::to_string).collect();
    let all = plan_for(&library.cases, names.iter().map(String::as_str), &Filter::default());
    let whole = all.len();
    let mut trials = chosen(&filter, all)?;
    let mut note = None;
    if let Some(failed) = failed {
        (trials, note) = narrow(trials, &failed, &asked)?;
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

/// The trials that failed, of those that are chosen. Where none is among them, all that would have been chosen without
/// `--last-failed`, and a note that says so: what was mended is run again as a whole.
fn narrow<'a>(
    trials: Vec<Planned<'a>>,
    failed: &Failed,
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
        let error = "error: none of the chosen trials failed, and they are on no machine that is asked for; name it with `--machine`";
        return Err(Failure::Input(error.to_owned()));
    }
    Ok((rest, Some(failed.none_chosen())))
}

/// The filter of these words.
pub(super) fn filter(words: &[String], exact: bool) -> Result<Filter, Failure> {
    let filter = if exact { Filter::exact(words) } else { Filter::new(words) };
    filter.map_err(|error| Failure::Input(format!("error: {error}")))
}

/// The trials that the filter chooses. Errors: a word of it that does nothing, or nothing is chosen.
pub(super) fn chosen<'a>(filter: &Filter, all: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let trials = choose(filter, all, |trial| &trial.id).map_err(|idle| Failure::Input(format!("error: {idle}")))?;
    if trials.is_empty() {
        return Err(Failure::Input("error: there is no case to run".to_owned()));
    }
    Ok(trials)
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

/// The part of the planned trials that the flags ask for.
fn part<'a>(args: &RunArgs, planned: Vec<Planned<'a>>) -> Result<Vec<Planned<'a>>, Failure> {
    let input = |text: String| Failure::Input(format!("error: {text}"));
    let count = planned.len();
    let mut trials = planned;
    if let Some(shard) = args.shard {
        trials = shard.of(trials);
        if trials.is_empty() {
            return Err(input(format!("shard {shard} of {count} trials holds none; ask for fewer shards")));
        }
    }
    if let Some(name) = &args.after {
        trials = after(trials, name).map_err(|unknown| input(unknown.to_string()))?;
        if trials.is_empty() {
            return Err(input(format!("no trial comes behind `{name}`: it is the last one")));
        }
    }
    Ok(trials)
}

/// What part of all trials the flags make of the run.
fn scope(args: &RunArgs, whole: usize, chosen: usize) -> Scope {
    let failed = args.last_failed.as_ref().map(|_| "--last-failed".to_owned());
    let filters = args.filters.iter().cloned().chain(failed).collect();
    let shards = args.shard.iter().map(|shard| shard.position()).filter(|shard| shard.of > 1).collect();
    Scope { whole, filters, chosen, shards, after: args.after.clone() }
}
