//! The suite as tests: one per machine, mode, path and case, with the standard arguments and what nextest asks of a
//! custom harness. All that there is to know is in `runner::suite`; this adapts it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use reports::{Kind, Look, Outcome};
use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::suite::{
    Filter, GuestCache, MachineSpec, Options, Planned, Requirement, Slot, open, open_all, plan, references, run_one,
};

static LIBRARY: OnceLock<Library> = OnceLock::new();
static HOST: OnceLock<HostFacts> = OnceLock::new();
/// What the environment demands and is not so.
static UNMET: OnceLock<Vec<String>> = OnceLock::new();

/// Machines belong to the thread that opened them.
#[derive(Default)]
struct Bench {
    slots: HashMap<usize, Slot>,
    guests: GuestCache,
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::default();
}

fn main() {
    let arguments = Arguments::from_args();
    let library = match load(&Source::Embedded) {
        Ok(library) => LIBRARY.get_or_init(|| library),
        Err(diagnostics) => {
            eprintln!("{}", diagnostics.render(false));
            std::process::exit(2);
        }
    };
    let host = HOST.get_or_init(HostFacts::read);
    let slots = open_all(&MachineSpec::default_set(), host, Options::default());
    let demands = demands(&slots);
    let trials = plan(&library.cases, &slots, &Filter::default());
    drop(slots);
    let tests = trials.into_iter().map(|planned| Trial::ignorable_test(planned.id.to_string(), move || test(&planned)));
    libtest_mimic::run(&arguments, demands.into_iter().chain(tests).collect()).exit();
}

/// A test for each requirement that the environment names, as `nmi run --require` does: without it a host that lost its KVM
/// shows nothing but ignored tests.
fn demands(slots: &[Slot]) -> Vec<Trial> {
    let words = std::env::var("NMI_REQUIRE").unwrap_or_default();
    let (mut tests, mut all) = (Vec::new(), Vec::new());
    for word in words.split([',', ' ']).filter(|word| !word.is_empty()) {
        let unmet = match word.parse::<Requirement>() {
            Ok(requirement) => requirement.unmet(slots),
            Err(unknown) => {
                eprintln!("error: NMI_REQUIRE: {unknown}");
                std::process::exit(2);
            }
        };
        unmet.iter().for_each(|unmet| all.push(format!("{word}: {unmet}")));
        let test = move || unmet.map_or(Ok(()), |unmet| Err(Failed::from(unmet)));
        tests.push(Trial::test(format!("require::{word}"), test));
    }
    UNMET.get_or_init(|| all);
    tests
}

fn test(planned: &Planned<'_>) -> Result<Completion, Failed> {
    let (Some(library), Some(host)) = (LIBRARY.get(), HOST.get()) else {
        return Err("the cases are not loaded".into());
    };
    let trial = BENCH.with_borrow_mut(|Bench { slots, guests }| {
        let spec = MachineSpec::default_set()[planned.slot];
        let slot = slots.entry(planned.slot).or_insert_with(|| open(spec, host, Options::default()));
        run_one(library, slot, planned, guests)
    });
    match &trial.outcome {
        Outcome::Pass => Ok(Completion::Completed),
        Outcome::Known { symptom, reason, .. } => Ok(Completion::ignored_with(format!("known: {reason} ({symptom})"))),
        // In each of them, for a partition of the tests may leave out that of the requirement.
        Outcome::Skipped { requirement } => match UNMET.get().and_then(|unmet| unmet.first()) {
            Some(unmet) if planned.id.machine == "kvm" => Err(format!("demanded, and not so: {unmet}").into()),
            Some(_) | None => Ok(Completion::ignored_with(requirement)),
        },
        failed => {
            debug_assert!(failed.kind().is_failure() || failed.kind() == Kind::Error);
            Err(reports::failure(&trial, &references(&library.rules), Look::PLAIN).into())
        }
    }
}
