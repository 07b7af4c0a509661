//! `nmi hunt`.

mod args;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::thread::available_parallelism;
use std::time::Duration;

use reports::{Kind, code, counted, printable_lines};

pub(super) use args::HuntArgs;

use super::cases::{self, CasesArg};
use super::facts::facts;
use super::failure::Failure;
use super::trials::{chosen, machines, open_all_with};
use crate::case::Library;
use crate::command::{look, note, print, watch_for_interrupt};
use crate::host::HostFacts;
use crate::hunt::{Ended, Hunt, Journal, JournalContents, LoadPlan, Plan, Tally, read, report};
use crate::suite::{Filter, MachineSpec, Planned, Rerun, Slot, plan as plan_trials};

/// Holds an id of this boot of the host (random(4)).
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// `nmi hunt`: a new hunt, one that goes on, or the report of one.
pub(super) fn hunt(args: &HuntArgs) -> Result<u8, Failure> {
    if let Some(path) = &args.report {
        let JournalContents { plan, tally, cut } = read(path)?;
        note_cut(path, cut);
        print(&report(&plan, &tally, look()))?;
        return Ok(verdict(&tally));
    }
    let resumed = args.resume.as_deref().map(Journal::resume).transpose()?;
    let wanted = match &resumed {
        Some((_, kept)) => {
            note_cut(args.resume.as_deref().unwrap_or(Path::new("")), kept.cut);
            kept.plan.clone()
        }
        None => new_plan(args),
    };
    let filter = Filter::new(&wanted.filters)?;
    let from = CasesArg { cases: wanted.cases.clone() };
    let library = cases::library_for_trials(&from, &wanted.filters, &filter, &wanted.machines)?;
    let filter = filter.passing_over(&library.passed_over);
    let (host, slots) = open(&wanted)?;
    let planned = chosen(&filter, plan_trials(&library.cases, &slots, &Filter::default()))?;
    let hashes: BTreeMap<String, String> =
        planned.iter().map(|trial| (trial.case.id.clone(), trial.case.hash.clone())).collect();
    let facts = facts(&library, &host, &wanted.given, &slots, planned.len())?;
    let now = Plan { hashes, facts, load: on_kvm(wanted.load, &slots), ..wanted };
    let boot = fs::read_to_string(BOOT).unwrap_or_default().trim().to_owned();
    let (plan, journal, tally) = match resumed {
        Some((journal, JournalContents { plan, tally, .. })) => {
            plan.check(&now)?;
            (plan, journal, tally)
        }
        None => {
            let tally = Tally::new(boot.clone());
            let path = args.journal.as_deref().unwrap_or(Path::new(""));
            let journal = Journal::create(path, &now, &tally)?;
            (now, journal, tally)
        }
    };
    run(&library, slots, &planned, plan, journal, tally, &boot)
}

fn run(
    library: &Library,
    slots: Vec<Slot>,
    planned: &[Planned<'_>],
    plan: Plan,
    journal: Journal,
    tally: Tally,
    boot: &str,
) -> Result<u8, Failure> {
    let interrupted = watch_for_interrupt()?;
    tell(&format!(
        "nmi {}: hunting {} on {}, seed {}",
        plan.facts.version,
        counted(planned.len(), "trial"),
        plan.machines.join(", "),
        plan.seed
    ));
    let mut hunt = Hunt::new(library, slots, planned, plan.clone(), journal, tally);
    if let Some(killer) = hunt.recover(boot)? {
        tell(&killer);
    }
    let ended = hunt.run(&interrupted, &mut tell);
    // The report is printed even if the journal failed.
    print(&format!("\n{}", report(&plan, &hunt.tally, look())))?;
    Ok(match ended? {
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

/// This host and the machines of the plan.
fn open(plan: &Plan) -> Result<(HostFacts, Vec<Slot>), Failure> {
    let specs = plan.machines.iter().map(|name| name.parse()).collect::<Result<Vec<MachineSpec>, _>>()?;
    let mut host = HostFacts::read();
    host.emulator = plan.emulator.clone().or(host.emulator);
    let rerun = Rerun { cases: plan.cases.clone(), emulator: plan.emulator.clone(), ..Rerun::default() };
    let slots = open_all_with(&specs, &host, Duration::from_millis(plan.limit), rerun);
    Ok((host, slots))
}

/// The load without busy guests, unless KVM is one of the machines.
fn on_kvm(load: LoadPlan, slots: &[Slot]) -> LoadPlan {
    let kvm = slots.iter().any(|slot| slot.name == MachineSpec::Kvm.to_string() && slot.machine.is_ok());
    LoadPlan { guests: if kvm { load.guests } else { 0 }, ..load }
}

/// The exit code of a hunt that was not interrupted. Trouble goes before failures, as in `nmi run`: verdicts are missing then.
fn verdict(tally: &Tally) -> u8 {
    let any = |kind: fn(Kind) -> bool| tally.sightings().any(|(_, sighting)| kind(sighting.kind));
    match tally.runs() {
        _ if any(|kind| kind == Kind::Error) => code::TROUBLE,
        runs if runs == (0, 0) || any(Kind::is_failure) => code::FAILED,
        _ => code::FINE,
    }
}

/// Notes on standard error that the last line of a journal is incomplete.
fn note_cut(journal: &Path, cut: Option<usize>) {
    if let Some(line) = cut {
        note(&format!("note: {}: line {line} was cut off and is left out", journal.display()));
    }
}

/// Prints a line. Errors are ignored, so that a hunt does not end because its output was closed.
fn tell(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", printable_lines(line)).and_then(|()| out.flush());
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use reports::{Finding, Moment, Symptom};

    use super::*;
    use crate::hunt::{Record, Sighting};

    /// A hunt of one trial that ended in these ways.
    fn tally(kinds: &[Kind]) -> Tally {
        let symptom = |kind| Symptom { kind, pass: None, finding: Finding::sequence(Moment::Done, Moment::Halted) };
        let seen = |&kind: &Kind| Sighting { symptom: symptom(kind), kind, calm: 1, loaded: 0, examples: Vec::new() };
        let record = Record { calm: 9, seen: kinds.iter().map(seen).collect(), ..Record::default() };
        Tally { trials: [("trial".to_owned(), record)].into(), ..Tally::default() }
    }

    #[test]
    fn trouble_comes_before_failures() {
        assert_eq!(verdict(&Tally::default()), code::FAILED, "nothing ran");
        assert_eq!(verdict(&tally(&[])), code::FINE);
        assert_eq!(verdict(&tally(&[Kind::Known])), code::FINE);
        assert_eq!(verdict(&tally(&[Kind::Hang])), code::FAILED);
        assert_eq!(verdict(&tally(&[Kind::Error])), code::TROUBLE);
        assert_eq!(verdict(&tally(&[Kind::Hang, Kind::Error])), code::TROUBLE);
    }
}
