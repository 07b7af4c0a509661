use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use reports::{Kind, counted, printable_lines};

use super::args::{CasesArg, HuntArgs};
use super::code;
use super::interrupt::watch_for_interrupt;
use super::load;
use super::run::facts;
use super::select::{chosen, filter, machines};
use super::start::{Failure, print};
use crate::case::Library;
use crate::host::HostFacts;
use crate::hunt::{Ended, Hunt, Journal, JournalError, Kept, LoadPlan, Plan, Tally, read, report};
use crate::suite::{Filter, MachineSpec, Options, Planned, Rerun, Slot, open_all, plan as plan_trials};

/// Identifies a boot of this host (random(4)).
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// `nmi hunt`: a new hunt, one that goes on, or the report of one.
pub(super) fn hunt(args: &HuntArgs) -> Result<u8, Failure> {
    if let Some(path) = &args.report {
        let Kept { plan, tally, cut } = read(path).map_err(unusable)?;
        note(path, cut);
        print(&report(&plan, &tally, load::look()))?;
        return Ok(verdict(&tally));
    }
    let resumed = args.resume.as_deref().map(Journal::resume).transpose().map_err(unusable)?;
    let wanted = match &resumed {
        Some((_, kept)) => {
            note(args.resume.as_deref().unwrap_or(Path::new("")), kept.cut);
            kept.plan.clone()
        }
        None => new_plan(args),
    };
    let filter = filter(&wanted.filters, false)?;
    let from = CasesArg { cases: wanted.cases.clone() };
    let library = load::library_for_trials(&from, &wanted.filters, &filter, &wanted.machines)?;
    let filter = filter.passing_over(&library.passed_over);
    let (host, slots) = open(&wanted)?;
    let planned = chosen(&filter, plan_trials(&library.cases, &slots, &Filter::default()))?;
    let hashes: BTreeMap<String, String> =
        planned.iter().map(|trial| (trial.case.id.clone(), trial.case.hash.clone())).collect();
    let facts = facts(&library, &host, &wanted.given, &slots, planned.len())?;
    let now = Plan { hashes, facts, load: on_kvm(wanted.load, &slots), ..wanted };
    let boot = fs::read_to_string(BOOT).unwrap_or_default().trim().to_owned();
    let (plan, journal, tally) = match resumed {
        Some((journal, Kept { plan, tally, .. })) => {
            plan.check(&now).map_err(|changed| Failure::Input(format!("error: {changed}")))?;
            (plan, journal, tally)
        }
        None => {
            let tally = Tally::new(boot.clone());
            let path = args.journal.as_deref().unwrap_or(Path::new(""));
            let journal = Journal::create(path, &now, &tally).map_err(unusable)?;
            (now, journal, tally)
        }
    };
    chase(&library, slots, &planned, plan, journal, tally, &boot)
}

fn chase(
    library: &Library,
    slots: Vec<Slot>,
    planned: &[Planned<'_>],
    plan: Plan,
    journal: Journal,
    tally: Tally,
    boot: &str,
) -> Result<u8, Failure> {
    let interrupted =
        watch_for_interrupt().map_err(|error| Failure::Trouble(format!("failed to watch for Ctrl-C: {error}")))?;
    tell(&format!(
        "nmi {}: hunting {} on {}, seed {}",
        plan.facts.version,
        counted(planned.len(), "trial"),
        plan.machines.join(", "),
        plan.seed
    ));
    let mut hunt = Hunt::new(library, slots, planned, plan.clone(), journal, tally);
    if let Some(killer) = hunt.recover(boot).map_err(unusable)? {
        tell(&killer);
    }
    let ended = hunt.run(&interrupted, &mut tell);
    // What was seen is told, whatever became of the journal.
    print(&format!("\n{}", report(&plan, &hunt.tally, load::look())))?;
    Ok(match ended.map_err(unusable)? {
        Ended::Interrupted => code::INTERRUPTED,
        Ended::Over | Ended::NothingLeft => verdict(&hunt.tally),
    })
}

fn new_plan(args: &HuntArgs) -> Plan {
    let processors = available_parallelism().map_or(1, usize::from);
    let asked = if args.machine.is_empty() { vec![MachineSpec::Kvm] } else { machines(&args.machine) };
    Plan {
        seed: args.seed.unwrap_or_else(|| rand::random::<u64>() >> 32),
        millis: args.duration.map_or(0, millis),
        rounds: args.rounds,
        machines: asked.iter().map(ToString::to_string).collect(),
        filters: args.filters.clone(),
        cases: args.from.cases.clone(),
        emulator: args.emulator.clone(),
        limit: millis(args.time_limit),
        load: LoadPlan {
            burn: args.burn.map_or(processors, usize::from),
            guests: args.guests.map_or(processors.div_ceil(2), usize::from),
            jitter: args.jitter,
        },
        given: args.fact.clone(),
        ..Plan::default()
    }
}

fn open(plan: &Plan) -> Result<(HostFacts, Vec<Slot>), Failure> {
    let specs: Result<Vec<MachineSpec>, _> = plan.machines.iter().map(|name| name.parse()).collect();
    let specs = specs.map_err(|unknown| Failure::Input(format!("error: {unknown}")))?;
    let mut host = HostFacts::read();
    host.emulator = plan.emulator.clone().or(host.emulator);
    let limit = Duration::from_millis(plan.limit);
    let rerun = Rerun { cases: plan.cases.clone(), emulator: plan.emulator.clone(), ..Rerun::default() };
    let rerun = rerun.with_limit(limit);
    let slots = open_all(&specs, &host, Options { time_limit: limit });
    Ok((host, slots.into_iter().map(|slot| slot.with_rerun(rerun.clone())).collect()))
}

/// Busy guests need KVM, and share nothing with the model.
fn on_kvm(load: LoadPlan, slots: &[Slot]) -> LoadPlan {
    let kvm = slots.iter().any(|slot| slot.name == MachineSpec::Kvm.to_string() && slot.machine.is_ok());
    LoadPlan { guests: if kvm { load.guests } else { 0 }, ..load }
}

fn verdict(tally: &Tally) -> u8 {
    let any = |kind: fn(Kind) -> bool| tally.sightings().any(|(_, sighting)| kind(sighting.kind));
    let (calm, loaded) = tally.runs();
    match () {
        () if any(Kind::is_failure) || (calm, loaded) == (0, 0) => code::FAILED,
        () if any(|kind| kind == Kind::Error) => code::TROUBLE,
        () => code::FINE,
    }
}

/// Says that the end of a journal is lost.
fn note(journal: &Path, cut: Option<usize>) {
    if let Some(line) = cut {
        // A note that nobody hears is no reason to stop.
        let _ = writeln!(io::stderr(), "note: {}: line {line} was cut off and is left out", journal.display());
    }
}

fn unusable(error: JournalError) -> Failure {
    match error {
        JournalError::Io { .. } => Failure::Trouble(error.to_string()),
        _ => Failure::Input(format!("error: {error}")),
    }
}

/// A hunt of a night must not end because nobody reads along.
fn tell(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", printable_lines(line)).and_then(|()| out.flush());
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
