//! Damaged case files: each is refused with a place, or it runs; nothing panics or runs forever.

use std::fs;
use std::process::Command;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reports::Kind;
use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::suite::{Filter, GuestCache, MachineSpec, Options, open_all, plan, run_one};

/// The number of damaged files.
const MUTATIONS: u64 = 300;
/// Every so many of them, the command is run, too.
const BY_COMMAND: u64 = 20;

/// Cases of the suite that use most of the format.
const CASES: [&str; 6] = [
    include_str!("../../cases/blocking/second-nmi-waits-for-iret.yaml"),
    include_str!("../../cases/exceptions/frame-on-an-absent-page.yaml"),
    include_str!("../../cases/unblocking/fault-on-the-stack-page.yaml"),
    include_str!("../../cases/delivery/from-user-code-each-time-from-the-top.yaml"),
    include_str!("../../cases/smm/smi-in-the-nmi-handler-keeps-blocking.yaml"),
    include_str!("../../cases/paths/wakes-the-other-processor-from-halt.yaml"),
];

/// One way to spoil a file.
fn spoil(text: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = text.to_vec();
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = random.random_range(0..lines.len());
    let other = random.random_range(0..lines.len());
    let at = random.random_range(0..bytes.len());
    let insert = |bytes: &mut Vec<u8>, what: &[u8]| drop(bytes.splice(at..at, what.iter().copied()));
    match random.random_range(0..14) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] = random.random(),
        2 => bytes.truncate(at),
        3 => insert(&mut bytes, b"\x1b]0;title\x07\x1b[31m"),
        4 => insert(&mut bytes, b"\xff\xfe\x80"),
        5 => insert(&mut bytes, &b"[".repeat(2000)),
        6 => insert(&mut bytes, b" #"),
        7 => insert(&mut bytes, b"99999999999999999999999"),
        8 => {
            // A number in the file becomes a huge one.
            let digits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            let Some(&at) = digits.get(random.random_range(0..digits.len().max(1))) else { return bytes };
            bytes.splice(at..=at, *b"18446744073709551615");
        }
        9 => {
            // Ever deeper maps.
            let deep: String = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
            insert(&mut bytes, deep.as_bytes());
        }
        kind => {
            match kind {
                10 => drop(lines.remove(line)),
                11 => lines.insert(other, lines[line].clone()),
                12 => lines.swap(line, other),
                _ => drop(lines[line].splice(0..0, vec![b' '; random.random_range(1..9)])),
            }
            bytes = lines.concat();
        }
    }
    bytes
}

fn spoiled(seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let case = CASES[seed as usize % CASES.len()];
    let first = spoil(case.as_bytes(), &mut random);
    // Some are spoiled twice.
    if first.is_empty() || random.random_range(0..3) > 0 { first } else { spoil(&first, &mut random) }
}

/// Runs some trials of a loaded case on the model.
fn run_on_the_model(library: &Library) -> Vec<Kind> {
    let mut slots = open_all(&MachineSpec::parse("model:amd").unwrap(), &HostFacts::read(), Options::default());
    let trials = plan(&library.cases, &slots, &Filter::new(&["::long::".to_owned()]).unwrap());
    let guests = GuestCache::default();
    let some = trials.iter().take(2);
    some.map(|planned| run_one(library, &mut slots[planned.slot], planned, &guests).outcome.kind()).collect()
}

#[test]
fn spoiled_cases_are_refused_with_their_place_or_run() {
    let folder = std::env::temp_dir().join(format!("nmi-mutated-cases-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("spoiled.yaml");
    let (mut refused, mut kinds) = (0, Vec::new());
    for seed in 0..MUTATIONS {
        let bytes = spoiled(seed);
        fs::write(&file, &bytes).unwrap();
        let loaded = load(&Source::at(&file));
        match &loaded {
            Ok(library) => kinds.extend(run_on_the_model(library)),
            Err(diagnostics) => {
                refused += 1;
                for one in diagnostics.iter() {
                    assert_eq!(one.file, file.display().to_string(), "mutation {seed}: {one:?}");
                    assert!(one.place.is_some_and(|place| place.line > 0), "mutation {seed}: {one:?}");
                    assert!(!one.brief().contains(char::is_control), "mutation {seed}: {one:?}");
                }
                let shown = diagnostics.render(false);
                assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "mutation {seed}: {shown:?}");
            }
        }
        if seed % BY_COMMAND == 0 {
            by_command(seed, &file, loaded.is_ok());
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    assert!(refused > 150, "{refused} refused: most damage is noticed");
    assert!(kinds.contains(&Kind::Pass) && kinds.iter().any(|kind| kind.is_failure()), "{kinds:?}");
}

/// The same file through the commands that read cases.
fn by_command(seed: u64, file: &std::path::Path, good: bool) {
    let nmi = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        let output = command.args(words).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let shown = file.to_str().unwrap();
    let (code, told) = nmi(&["check", shown]);
    assert_eq!(code, Some(if good { 0 } else { 2 }), "mutation {seed}: {told}");
    assert!(good || told.contains(&format!("--> {shown}:")), "mutation {seed}: {told}");
    let run = ["run", "--cases", shown, "--machine", "model:amd", "::long::"];
    for words in [&run[..], &["list", "--cases", shown], &["explain", "--cases", shown, "spoiled"]] {
        let (code, told) = nmi(words);
        let allowed: &[i32] = if good { &[0, 1, 2, 3] } else { &[2] };
        assert!(code.is_some_and(|code| allowed.contains(&code)), "mutation {seed}: {words:?}: {code:?} {told}");
    }
}
