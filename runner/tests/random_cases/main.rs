//! Random programs on the two models: every pass must show the same.
//!
//! `NMI_RANDOM_CASES` sets the number of programs, `NMI_RANDOM_SEED` the seed; statistics are printed
//! (`cargo test -p runner --test random_cases -- --nocapture`). A program whose passes differ is shrunk and written as a case file.

mod assembly;
mod passes;
mod pieces;
mod shrink;
mod tally;
mod tame;
mod yaml;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use guests::Guest;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use runner::case::Case;
use runner::execute::Setting;
use runner::machine::Machine;
use runner::machine::model::ModelMachine;
use runner::machine::mutants::Mutant;
use runner::parallel::in_parallel;
use runner::suite::run_trial;
use runner::terms::Vendor;

use assembly::Assembly;
use passes::Became;
use pieces::{Program, programs};
use shrink::shrink;
use tally::Tally;
use yaml::Shown;

/// The default number of programs.
const CASES: u64 = 2_000;
/// The default seed.
const SEED: u64 = 1;
/// Streams of random numbers, each with programs of its own.
const STREAMS: [u64; 2] = [0, 1];

#[test]
fn every_pass_of_a_random_program_shows_the_same() {
    let (cases, seed) = (number("NMI_RANDOM_CASES", CASES), number("NMI_RANDOM_SEED", SEED));
    let start = Instant::now();
    let tallies =
        in_parallel(&STREAMS, |&stream| every_pass_shows_the_same(seed, stream, cases.div_ceil(STREAMS.len() as u64)));
    let tally = tallies.into_iter().fold(Tally::default(), Tally::with);
    println!("seed {seed} on both models in {:.1} s: {tally}", start.elapsed().as_secs_f64());
    assert!(tally.given_up() * 20 <= tally.runs, "more than one in twenty is given up\n{tally}");
}

fn every_pass_shows_the_same(seed: u64, stream: u64, cases: u64) -> Tally {
    let mut machines: Vec<_> = Vendor::ALL.iter().map(|&vendor| ModelMachine::new(vendor, None)).collect();
    let mut tally = Tally::default();
    let mut runner = runner(seed, stream);
    for number in 0..cases {
        let mut tree = programs().new_tree(&mut runner).expect("no program is rejected");
        if let Some(found) = wrong(&mut machines, &tree.current(), Some(&mut tally)) {
            let found = shrink(&mut tree, |program| wrong(&mut machines, program, None)).unwrap_or(found);
            let name = format!("seed-{seed}-{stream}-program-{number}");
            panic!("program {number} of seed {seed}, stream {stream}: {}", save(found, &tree.current(), &name));
        }
    }
    tally
}

/// Mutants that show only where the host reads state, migrates, or where the guest exits, so that passes differ.
/// (A mistake that `KVM_SET_VCPU_EVENTS` makes in every pass alike is not among them.)
const SHOWN_BY_PASSES: [&str; 9] = [
    "exit-unblocks",
    "open-interrupt-window-unblocks",
    "stuck-until-exit",
    "look-releases-pending",
    "look-loses-pending",
    "pending-reads-blocked",
    "set-events-ignores-masked",
    "migrate-loses-pending",
    "migrate-loses-blocking",
];

#[test]
fn planted_faults_make_passes_differ_and_are_saved_as_cases_that_fail() {
    let mut missed = Vec::new();
    for name in SHOWN_BY_PASSES {
        let mutant = Mutant::named(name).expect("a mutant");
        let mut machine = [ModelMachine::new(Vendor::Amd, Some(mutant))];
        let mut runner = runner(SEED, 0);
        let found = (1..=CASES).find_map(|number| {
            let tree = programs().new_tree(&mut runner).expect("no program is rejected");
            wrong(&mut machine, &tree.current(), None).map(|_| (number, tree))
        });
        let Some((number, mut tree)) = found else {
            missed.push(mutant.name());
            continue;
        };
        let found = shrink(&mut tree, |program| wrong(&mut machine, program, None));
        let found = found.or_else(|| wrong(&mut machine, &tree.current(), None)).expect("it was wrong before");
        println!("{mutant}: program {number}: {}", found.how);
        let (.., shown) = found.on.expect("a machine");
        let text = yaml::write(&tame::tame(tree.current()), shown.as_ref());
        let case = passes::read(&text).unwrap_or_else(|refused| panic!("{refused}\n{text}"));
        let guest = passes::guest(&case).expect("its guest can be built");
        let path = case.paths[0];
        let outcome = run_trial(&mut machine[0], Setting { case: &case, guest: &guest, path }).outcome;
        assert!(outcome.kind().is_failure(), "{mutant}: {outcome:?}\n{text}");
    }
    assert_eq!(missed, Vec::<&str>::new());
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |word| word.parse().expect("a number"))
}

fn runner(seed: u64, stream: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&stream.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// What is wrong with a program.
struct Wrong {
    how: String,
    /// The machine, and the plain pass there if it had an end that a case can expect.
    on: Option<(String, Option<Shown>)>,
}

/// What is wrong with a program on one of the machines; `None` if all passes agree on each.
fn wrong(machines: &mut [ModelMachine], program: &Program, mut tally: Option<&mut Tally>) -> Option<Wrong> {
    let program = tame::tame(program.clone());
    let (case, guest) = match draft(&program) {
        Ok(built) => built,
        Err(how) => return Some(Wrong { how, on: None }),
    };
    machines.iter_mut().find_map(|machine| {
        let became = passes::passes(machine, &case, &guest);
        if let Some(tally) = &mut tally {
            tally.add(&guest, &became);
        }
        let Became::Parted { plain, how } = became else { return None };
        let shown = plain.and_then(|plain| passes::shown(machine.vendor(), &plain));
        Some(Wrong { how, on: Some((machine.name().to_owned(), shown)) })
    })
}

/// Loads the program as a case and builds its guest, which is the same for both vendors.
fn draft(program: &Program) -> Result<(Case, Arc<Guest>), String> {
    let text = yaml::write(program, None);
    let mut case = passes::read(&text).map_err(|refused| format!("the loader refuses it: {refused}"))?;
    if program.looks {
        passes::look(&mut case, &Assembly::of(program).names);
    }
    let guest = passes::guest(&case).map_err(|refused| format!("its guest cannot be built: {refused}"))?;
    Ok((case, guest))
}

/// Writes a program as a case file whose expectation is the plain pass, and says what is wrong and how to rerun it.
fn save(Wrong { how, on }: Wrong, program: &Program, name: &str) -> String {
    let (machine, shown) = on.unwrap_or_else(|| ("model".to_owned(), None));
    let text = yaml::write(&tame::tame(program.clone()), shown.as_ref());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
    fs::write(&path, &text).expect("the case file is written");
    let file = path.display();
    format!(
        "{how}\n\n{text}\nrerun: nmi run --cases {file} --machine {machine}\n       nmi explain --cases {file} {name}\n"
    )
}
