//! `nmi run`. The modules are its flags, the choice of trials, what it demands, the comparison with a baseline, and its reports.

mod args;
mod baseline;
mod demands;
mod failure_file;
mod last_failed;
mod reporters;
mod select;

use std::num::NonZeroUsize;

use reports::{RunFacts, Trial, code, printable_lines};

pub(super) use args::RunArgs;
use baseline::{baseline, compare};
use demands::{DemandReporter, Demands};
use failure_file::{FailureFile, TrialEnds, has_failed};
use reporters::reporters;
use select::{Selection, select};

use super::cases;
use super::facts::facts;
use super::failure::Failure;
use super::trials::{machines, open_all_with};
use crate::command::{self, watch_for_interrupt};
use crate::host::HostFacts;
use crate::suite::{Conduct, FailFast, Filter, MachineSpec, Planned, Rerun, Slot, run as run_trials, usual_jobs};

/// `nmi run`: runs the trials that the flags choose and reports them as they end.
pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let filter = if args.exact { Filter::exact(&args.filters)? } else { Filter::new(&args.filters)? };
    let names: Vec<String> = machines(&args.machine).iter().map(MachineSpec::to_string).collect();
    let library = cases::library_for_trials(&args.from, &args.filters, &filter, &names)?;
    let Selection { machines, trials, scope, note } =
        select(args, &filter.passing_over(&library.passed_over), &library)?;
    if let Some(note) = note {
        command::note(&format!("note: {note}"));
    }
    if args.list {
        return list(&trials);
    }
    let mut host = HostFacts::read();
    host.emulator = args.emulator.clone().or(host.emulator);
    let open = || open_with(&machines, &host, args);
    let mut slots = open();
    let baseline = baseline(args, &trials)?;
    let demands = Demands::new(args, &library.cases, &slots)?;
    let facts = facts(&library, &host, &args.fact, &slots, trials.len())?;
    let facts = RunFacts { scope: Some(scope), ..facts };
    // Ctrl-C ends the run after the current trial, so that every line of a saved run is complete.
    let interrupted = watch_for_interrupt()?;
    // A failure that the baseline excuses does not count.
    let failed =
        |trial: &Trial| has_failed(trial) && !baseline.as_ref().is_some_and(|baseline| baseline.excuses(trial));
    let mut ends = TrialEnds::new(&failed);
    let mut reporters = reporters(args, baseline.as_ref())?;
    reporters.add("failures", &mut ends);
    let mut told = DemandReporter::new(&demands, reporters);
    let mut stopping = FailFast::new(&mut told, &interrupted, |trial| args.fail_fast && failed(trial));
    let conduct = Conduct { jobs: jobs(args), open: &open, interrupted: &interrupted };
    run_trials(&library, &mut slots, &trials, facts, &mut stopping, &conduct)?;
    drop(stopping);
    let seen = told.seen();
    FailureFile::of(&args.from).update(&ends, |case| {
        // With a filter, broken cases that it does not choose are not loaded.
        !args.filters.is_empty() || library.cases.iter().any(|known| known.id == case)
    });
    match &baseline {
        Some(baseline) => compare(baseline, &seen, args),
        None => Ok(reports::exit_code(&seen.summary_or_count())),
    }
}

/// The machines of a run, or of one of its workers.
fn open_with(specs: &[MachineSpec], host: &HostFacts, args: &RunArgs) -> Vec<Slot> {
    let (cases, emulator) = (args.from.cases.clone(), args.emulator.clone());
    open_all_with(specs, host, args.time_limit, Rerun { cases, emulator, jitter: args.jitter, time_limit: None })
}

/// How many trials run side by side: by default one with `--sync`, where it must be known which trial took the host down, and with
/// `--jitter`, whose delays must not depend on other trials.
fn jobs(args: &RunArgs) -> NonZeroUsize {
    let alone = args.sync || args.jitter.is_some();
    args.jobs.unwrap_or(if alone { NonZeroUsize::MIN } else { usual_jobs() })
}

fn list(trials: &[Planned<'_>]) -> Result<u8, Failure> {
    let names: String = trials.iter().map(|trial| format!("{}\n", trial.id)).collect();
    command::print(&printable_lines(&names))?;
    Ok(code::FINE)
}
