use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use reports::{
    Against, All, Baseline, Details, HostFact, Json, Junit, Ktap, Output, Outputs, Progress, Reporter, RunFacts, Text,
    TextOptions, Trial, printable_lines,
};

use super::args::{RunArgs, VERSION};
use super::baseline::{baseline, close};
use super::code;
use super::demands::{Demanding, Demands};
use super::given::together;
use super::interrupt::watch_for_interrupt;
use super::last_failed::{Ends, Memory, has_failed};
use super::load;
use super::outputs::refused;
use super::select::{Selection, filter, machines, select};
use super::start::{Failure, print};
use crate::case::Library;
use crate::host::HostFacts;
use crate::suite::{
    Conduct, FailFast, MachineSpec, Options, Planned, Rerun, Slot, host_errata, open_all, references,
    run as run_trials, usual_jobs,
};

/// `nmi run`.
pub(super) fn run(args: &RunArgs) -> Result<u8, Failure> {
    let filter = filter(&args.filters, args.exact)?;
    let names: Vec<String> = machines(&args.machine).iter().map(MachineSpec::to_string).collect();
    let library = load::library_for_trials(&args.from, &args.filters, &filter, &names)?;
    let Selection { machines, trials, scope, note } = select(args, &library)?;
    if let Some(note) = note {
        // A note that nobody hears is no reason to stop.
        let _ = writeln!(io::stderr(), "note: {note}");
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
    // The run ends after the trial that is running; every line of a saved run that was written is whole.
    let interrupted =
        watch_for_interrupt().map_err(|error| Failure::Trouble(format!("failed to watch for Ctrl-C: {error}")))?;
    // An excused failure is none of this run.
    let failed =
        |trial: &Trial| has_failed(trial) && !baseline.as_ref().is_some_and(|baseline| baseline.excuses(trial));
    let mut ends = Ends::new(&failed);
    let mut reporters = reporters(args, baseline.as_ref())?;
    reporters.add("memory", &mut ends);
    let mut told = Demanding::new(&demands, reporters);
    let mut stopping = FailFast::new(&mut told, &interrupted, |trial| args.fail_fast && failed(trial));
    let conduct = Conduct { jobs: jobs(args), open: &open, interrupted: &interrupted };
    let done = run_trials(&library, &mut slots, &trials, facts, &mut stopping, &conduct);
    done.map_err(|error| Failure::Trouble(error.to_string()))?;
    drop(stopping);
    let seen = told.seen();
    Memory::of(&args.from).learn(&ends, |case| {
        // With a filter, a broken case that it does not choose is not among them.
        !args.filters.is_empty() || library.cases.iter().any(|known| known.id == case)
    });
    match &baseline {
        Some(baseline) => close(baseline, &seen, args),
        None => Ok(reports::exit_code(&seen.summary_or_count())),
    }
}

/// The machines of a run, or of one of its workers.
fn open_with(specs: &[MachineSpec], host: &HostFacts, args: &RunArgs) -> Vec<Slot> {
    let slots = open_all(specs, host, Options { time_limit: args.time_limit });
    let rerun = Rerun { cases: args.from.cases.clone(), emulator: args.emulator.clone(), ..Rerun::default() };
    let rerun = Rerun { jitter: args.jitter, ..rerun.with_limit(args.time_limit) };
    slots.into_iter().map(|slot| slot.with_rerun(rerun.clone())).collect()
}

/// How many trials run side by side. One where it matters which trial took the host down, or how
/// long a delay is.
fn jobs(args: &RunArgs) -> NonZeroUsize {
    let alone = args.sync || args.jitter.is_some();
    args.jobs.unwrap_or(if alone { NonZeroUsize::MIN } else { usual_jobs() })
}

fn list(trials: &[Planned<'_>]) -> Result<u8, Failure> {
    let names: String = trials.iter().map(|trial| format!("{}\n", trial.id)).collect();
    print(&printable_lines(&names))?;
    Ok(code::FINE)
}

fn reporters<'a>(args: &RunArgs, baseline: Option<&'a Baseline>) -> Result<All<'a>, Failure> {
    let trouble = |error: io::Error| Failure::Trouble(error.to_string());
    let mut all = All::new();
    let against = |reporter: Box<dyn Reporter>| -> Box<dyn Reporter + 'a> {
        match baseline {
            Some(baseline) => Box::new(Against::new(baseline, reporter)),
            None => reporter,
        }
    };
    let lines_on_stdout = args.json.as_deref() == Some(Path::new("-"));
    let mut outputs = Outputs::new();
    args.from.cases.iter().for_each(|cases| outputs.reads_cases(cases));
    args.baseline.iter().for_each(|file| outputs.reads("the baseline", file));
    args.last_failed.iter().flatten().for_each(|file| outputs.reads("the run of `--last-failed`", file));
    let json = args.json.as_deref().filter(|_| !lines_on_stdout);
    let json = json.map(|file| outputs.growing("--json", file)).transpose().map_err(refused)?;
    let junit = args.junit.as_deref().map(|file| outputs.whole("--junit", file)).transpose().map_err(refused)?;
    if lines_on_stdout && args.ktap {
        return Err(Failure::Input(
            "error: `--ktap` and `--json -` both write to standard output; give one a file".into(),
        ));
    }
    let details = args.details.details();
    if lines_on_stdout && details != Details::default() {
        return Err(Failure::Input(
            "error: `--outcome` and `--durations` are of the text, which `--json -` replaces; give that a file".into(),
        ));
    }
    if lines_on_stdout {
        all.add("json", Json::new(Output::stdout()));
    } else if let Some(claim) = json {
        all.add("json", Json::claimed(claim, args.sync).map_err(trouble)?);
    }
    if let Some(claim) = junit {
        all.add("junit", against(Box::new(Junit::new(claim))));
    }
    if args.ktap {
        all.add("ktap", against(Box::new(Ktap::new(Output::stdout()))));
    } else if !lines_on_stdout {
        let progress = Progress::detect(io::stdout().is_terminal());
        let options = TextOptions { look: load::look(), progress, verbose: args.verbose };
        let text = Text::new(Output::stdout(), options).with_details(details);
        all.add("text", against(Box::new(text)));
    }
    Ok(all)
}

pub(super) fn facts(
    library: &Library,
    host: &HostFacts,
    given: &[HostFact],
    slots: &[Slot],
    trials: usize,
) -> Result<RunFacts, Failure> {
    let errata = host_errata(library, host);
    let mut found = host.facts();
    found.push(errata.fact());
    let on_kvm = slots.iter().any(|slot| slot.name == MachineSpec::Kvm.to_string());
    Ok(RunFacts {
        version: VERSION.to_owned(),
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        trials,
        scope: None,
        machines: slots.iter().map(|slot| slot.name.clone()).collect(),
        host: together(found, given)?,
        strategy: on_kvm.then(|| host.strategy().to_string()),
        rules: references(&library.rules),
        errata: errata.list,
    })
}
