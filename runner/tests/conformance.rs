//! The suite as tests, one per machine, mode, path and case, with the standard arguments and the protocol of nextest for custom
//! harnesses. The work is in `runner::suite`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use reports::{Kind, Look, Outcome, code};
use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::suite::{
    Filter, GuestCache, MachineSpec, Options, Planned, Requirement, Slot, Unmet, open, open_all, plan_for, references,
    run_one,
};

static LIBRARY: OnceLock<Library> = OnceLock::new();
static HOST: LazyLock<HostFacts> = LazyLock::new(HostFacts::read);

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
            std::process::exit(code::BAD_INPUT.into());
        }
    };
    // Machines are not opened to list the tests.
    let machines: Vec<String> = MachineSpec::default_set().iter().map(ToString::to_string).collect();
    let trials = plan_for(&library.cases, machines.iter().map(String::as_str), &Filter::default());
    let tests = trials.into_iter().map(|planned| Trial::ignorable_test(planned.id.to_string(), move || test(&planned)));
    let demands = demanded().iter().map(|&(ref word, requirement)| {
        Trial::test(format!("require::{word}"), move || unmet(requirement).map_or(Ok(()), |unmet| Err(unmet.into())))
    });
    libtest_mimic::run(&arguments, demands.chain(tests).collect()).exit();
}

/// The requirements of `NMI_REQUIRE`, as of `nmi run --require`, each with a test of its own. Without them a host that lost its KVM
/// shows only ignored tests.
fn demanded() -> &'static [(String, Requirement)] {
    static DEMANDED: LazyLock<Vec<(String, Requirement)>> = LazyLock::new(|| {
        let words = std::env::var("NMI_REQUIRE").unwrap_or_default();
        let words = words.split([',', ' ']).filter(|word| !word.is_empty());
        let read = |word: &str| word.parse().map(|requirement| (word.to_owned(), requirement));
        words.map(read).collect::<Result<_, _>>().unwrap_or_else(|unknown| {
            eprintln!("error: NMI_REQUIRE: {unknown}");
            std::process::exit(code::BAD_INPUT.into());
        })
    });
    &DEMANDED
}

/// Why this host does not meet it.
fn unmet(requirement: Requirement) -> Option<Unmet> {
    requirement.unmet(&open_all(&MachineSpec::default_set(), &HOST, Options::default()))
}

/// The first demand that this host does not meet, and why.
fn first_unmet() -> Option<&'static str> {
    static FIRST: LazyLock<Option<String>> = LazyLock::new(|| {
        demanded().iter().find_map(|(word, requirement)| Some(format!("{word}: {}", unmet(*requirement)?)))
    });
    FIRST.as_deref()
}

fn test(planned: &Planned<'_>) -> Result<Completion, Failed> {
    let library = LIBRARY.get().ok_or("the cases are not loaded")?;
    let trial = BENCH.with_borrow_mut(|Bench { slots, guests }| {
        let spec = MachineSpec::default_set()[planned.slot];
        let slot = slots.entry(planned.slot).or_insert_with(|| open(spec, &HOST, Options::default()));
        run_one(library, slot, planned, guests)
    });
    match &trial.outcome {
        Outcome::Pass => Ok(Completion::Completed),
        Outcome::Known { symptom, reason, .. } => Ok(Completion::ignored_with(format!("known: {reason} ({symptom})"))),
        // Every skipped test fails, because a partition of the tests may not have the test of the requirement.
        Outcome::Skipped { requirement } => match first_unmet().filter(|_| planned.id.machine == "kvm") {
            Some(unmet) => Err(format!("requirement not met: {unmet}").into()),
            None => Ok(Completion::ignored_with(requirement.to_string())),
        },
        failed => {
            debug_assert!(failed.kind().is_failure() || failed.kind() == Kind::Error);
            Err(reports::failure(&trial, &references(&library.rules), Look::PLAIN).into())
        }
    }
}
