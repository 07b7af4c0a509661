//! Hunts by the command: rare failures are found and counted, and neither a kill nor a full disk loses a trial.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use reports::Kind;
use runner::case::{Library, Source, load};
use runner::host::HostFacts;
use runner::hunt::{JournalContents, Plan, Tally, jitter_seed, order, read};
use runner::suite::{Filter, GuestCache, MachineSpec, Options, open_all, plan, run_one};
use tempfile::TempDir;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");

/// A folder for one test, removed at its end.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn journal(&self) -> String {
        self.0.path().join("journal").to_str().expect("text").to_owned()
    }
}

fn hunt(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    command.arg("hunt").args(arguments).stdin(Stdio::null());
    command
}

fn done(arguments: &[&str]) -> Output {
    hunt(arguments).output().expect("it starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text") + &String::from_utf8_lossy(&output.stderr)
}

fn seen(journal: &str) -> (Plan, Tally) {
    let kept = read(Path::new(journal)).unwrap_or_else(|error| panic!("{error}"));
    (kept.plan, kept.tally)
}

fn library() -> Library {
    load(&Source::Folder(CASES.into())).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
}

/// The runs and failures of a hunt of so many calm rounds, counted with nothing of the hunt but its order of trials.
fn counted_by_hand(seed: u64, rounds: u64) -> (u64, u64) {
    let library = library();
    let specs = MachineSpec::parse("faulty:rare").expect("a machine");
    let mut slots = open_all(&specs, &HostFacts::read(), Options::default());
    let trials = plan(&library.cases, &slots, &Filter::default());
    let (guests, mut runs, mut failures) = (GuestCache::default(), 0, 0);
    for round in 1..=rounds {
        for index in order(seed, round, trials.len()) {
            let planned = &trials[index];
            runs += 1;
            let trial = run_one(&library, &mut slots[planned.slot], planned, &guests);
            failures += u64::from(trial.outcome.kind().is_failure());
        }
    }
    (runs, failures)
}

#[test]
fn what_fails_rarely_is_found_and_counted() {
    let folder = Folder::new();
    let journal = folder.journal();
    let rare = ["--cases", CASES, "--machine", "faulty:rare", "--for", "1h", "--rounds", "40", "--seed", "11"];
    let output = done(&[&rare[..], &["--burn", "0", "--jitter", "0", "--journal", &journal]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let (_, tally) = seen(&journal);
    let failures =
        tally.sightings().filter(|(_, sighting)| sighting.is_failure()).map(|(_, sighting)| sighting.count());
    let (runs, failed) = counted_by_hand(11, 40);
    assert!((3..runs / 4).contains(&failed), "{failed} of {runs} is rare");
    assert_eq!((tally.runs(), failures.sum::<u64>()), ((runs, 0), failed));
    let told = text(&output);
    assert!(told.ends_with(&format!("\n{failed} failures in {} trials\n", failing(&tally))), "{told}");
    assert!(told.contains(&format!("rerun: nmi run --machine faulty:rare --cases {CASES} --exact ")), "{told}");
    let report = done(&["--report", &journal]);
    assert_eq!(report.status.code(), Some(1));
    assert!(told.ends_with(&text(&report)), "the report of the journal is that of the hunt");
    let again = done(&[&rare[..], &["--journal", &journal]].concat());
    assert!(again.status.code() == Some(2) && text(&again).contains("is there already"), "{}", text(&again));
}

fn failing(tally: &Tally) -> usize {
    tally.trials.values().filter(|record| record.seen.iter().any(|seen| seen.is_failure())).count()
}

#[test]
fn a_journal_cut_at_any_byte_reads_back() {
    let folder = Folder::new();
    let journal = folder.journal();
    let hunt = ["--cases", CASES, "--machine", "faulty:rare", "--for", "1h", "--burn", "1", "--jitter", "300"];
    let mut child =
        self::hunt(&[&hunt[..], &["--journal", &journal]].concat()).stdout(Stdio::null()).spawn().expect("it starts");
    // In the middle of a round, so that more than two lines are there.
    let bytes = loop {
        let bytes = fs::read(&journal).unwrap_or_default();
        if bytes.iter().filter(|byte| **byte == b'\n').count() >= 6 {
            break bytes;
        }
    };
    kill(&mut child);
    let lines: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let cut = folder.0.path().join("cut");
    let read_of = |bytes: &[u8]| {
        fs::write(&cut, bytes).expect("written");
        read(&cut)
    };
    for at in (0..=lines[1]).step_by(97).chain(lines[1] - 1..=bytes.len()) {
        let whole = lines.iter().filter(|end| **end <= at).count();
        match read_of(&bytes[..at]) {
            Err(error) => assert!(whole < 2 && error.to_string().contains("holds no hunt"), "cut at {at}: {error}"),
            Ok(JournalContents { tally, cut, .. }) => {
                assert!(whole >= 2, "cut at {at}");
                assert_eq!(cut, (at > lines[whole - 1]).then_some(whole + 1), "cut at {at}");
                let kept = read_of(&bytes[..lines[whole - 1]]).expect("whole lines").tally;
                assert_eq!(tally, kept, "cut at {at}");
            }
        }
        // A file system that lost its last blocks leaves zeros there.
        if whole >= 2 {
            let zeros = [&bytes[..at], &[0; 64]].concat();
            assert_eq!(
                read_of(&zeros).expect("zeros").tally,
                read_of(&bytes[..at]).expect("cut").tally,
                "zeros at {at}"
            );
        }
    }
    let garbage = [&bytes[..lines[1]], b"{}\n", &bytes[lines[1]..]].concat();
    let error = read_of(&garbage).expect_err("garbage").to_string();
    assert!(error.contains("cut: line 3: not a line of a journal"), "{error}");
    // The third line is the start of a trial, and the fourth its end.
    let line = |number: usize| &bytes[if number == 1 { 0 } else { lines[number - 2] }..lines[number - 1]];
    let zeros = vec![0; line(3).len()];
    for (damaged, at, why) in [
        ([&bytes[..lines[1]], &zeros, &bytes[lines[2]..]].concat(), 3, "zero bytes in place of lines"),
        ([&bytes[..lines[1]], &zeros, b"\n", &bytes[lines[2]..]].concat(), 3, "zero bytes in place of lines"),
        ([&bytes[..lines[3]], &bytes[lines[2]..]].concat(), 5, "a trial ends here, and none had started"),
        ([&bytes[..lines[3]], &bytes[lines[1]..]].concat(), 5, "starts here a second time in this round"),
        ([&bytes[..lines[2]], &bytes[lines[3]..]].concat(), 4, "had started and not ended"),
        (
            [&bytes[..lines[1]], &bytes[lines[3]..]].concat(),
            3,
            "starts here as if 1 trials of its round preceded it, and 0 do",
        ),
    ] {
        let error = read_of(&damaged).expect_err(why).to_string();
        assert!(error.contains(&format!("cut: line {at}: ")) && error.contains(why), "{error}");
        let output = done(&["--report", cut.to_str().expect("text")]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    }
    read_of(&bytes[..lines[4] - 3]).expect("cut");
    let told = text(&done(&["--report", cut.to_str().expect("text")]));
    assert!(told.contains("cut: line 5 was cut off and is left out"), "{told}");
}

fn kill(child: &mut Child) {
    child.kill().expect("killed");
    child.wait().expect("gone");
}

#[test]
fn a_hunt_that_is_killed_resumes_and_loses_nothing() {
    let folder = Folder::new();
    let journal = folder.journal();
    let rounds = 30;
    let first = ["--cases", CASES, "--machine", "model:amd", "--for", "1h", "--rounds", "30", "--seed", "5"];
    let first = [&first[..], &["--burn", "1", "--jitter", "400", "--journal", &journal]].concat();
    let resume = ["--resume", journal.as_str()];
    let mut arguments = &first[..];
    let mut kills = BTreeSet::new();
    let mut patience = 60;
    for attempt in 0..12 {
        // A trial that ends the hunt twice is left out, and the hunt has five: some are to be left for all rounds.
        if kills.len() == 8 {
            break;
        }
        let mut child = hunt(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        sleep(Duration::from_millis(patience + jitter_seed(9, attempt, 0) % 120));
        if child.try_wait().expect("asked").is_some() {
            break;
        }
        kill(&mut child);
        // On a busy machine it may be killed before it has written the first lines, and cannot be resumed then.
        if read(Path::new(&journal)).is_err() {
            let _ = fs::remove_file(&journal);
            patience *= 2;
            continue;
        }
        arguments = &resume;
        let before = seen(&journal).1;
        // Two kills in the same run of a trial, the second before the first was recorded, count once.
        let runs = |trial: &str| before.trials.get(trial).map_or(0, |record| record.runs());
        kills.extend(before.running.iter().map(|(trial, _)| (trial.clone(), runs(trial))));
    }
    assert_eq!(arguments, resume, "it was killed at least once");
    let output = done(&resume);
    let (plan, tally) = seen(&journal);
    let deaths: u64 = tally.trials.values().map(|record| record.deaths()).sum();
    assert_eq!(deaths, kills.len() as u64, "{}", text(&output));
    assert_eq!(output.status.code(), Some(3), "one of the samples fails, but each kill is trouble: {}", text(&output));
    let is_death = |kind: Kind| kind == Kind::HostDied;
    assert!(!tally.sightings().any(|(_, seen)| is_death(seen.kind)), "the host lived on: {}", text(&output));
    assert_eq!((plan.seed, tally.round), (5, rounds + 1));
    // Every trial ran in every round, but for those that were left out as deadly.
    for (trial, record) in tally.trials.iter().filter(|(_, record)| record.skipped.is_none() && record.deaths() < 2) {
        assert_eq!(record.runs(), rounds, "{trial}: {}", text(&output));
    }
}

/// A hunt on a disk that has room for files of so many KiB.
fn on_a_small_disk(room: u64, arguments: &[&str]) -> Output {
    // With the signal ignored, a write beyond the limit fails like one on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {room}; exec \"$0\" hunt \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", script.as_str(), env!("CARGO_BIN_EXE_nmi")]).args(arguments).output().expect("it starts")
}

#[test]
fn a_full_disk_is_reported_and_leaves_a_readable_journal() {
    let folder = Folder::new();
    let journal = folder.journal();
    let arguments = ["--machine", "model:amd", "--for", "1h", "--burn", "0", "--jitter", "0", "--journal", &journal];
    let output = on_a_small_disk(400, &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains(&format!("error: cannot write {journal}: ")), "{}", text(&output));
    assert!(text(&output).contains("Never failed"), "what was found is told: {}", text(&output));
    let (_, tally) = seen(&journal);
    assert!(tally.runs().0 > 100);
    assert_eq!(tally.running, None, "no trial ended the hunt: `--resume` would count its host as dead");
    assert!(fs::read(&journal).expect("there").ends_with(b"\n"), "no half line is left");
}

#[test]
fn a_hunt_that_finds_no_room_to_begin_leaves_no_journal() {
    let folder = Folder::new();
    let journal = folder.journal();
    let arguments = ["--cases", CASES, "--machine", "model:amd", "--for", "1h", "--journal", &journal];
    let output = on_a_small_disk(0, &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert_eq!(fs::read_dir(&folder.0).expect("a folder").count(), 0, "{}", text(&output));
}

#[test]
fn a_hunt_with_facts_of_the_user_resumes_with_them() {
    let folder = Folder::new();
    let journal = folder.journal();
    let hunt = ["--cases", CASES, "--machine", "model:amd", "--for", "1h", "--rounds", "1", "--burn", "0"];
    let first = done(&[&hunt[..], &["--fact", "rack=7", "--journal", &journal]].concat());
    let resumed = done(&["--resume", &journal]);
    assert_eq!(resumed.status.code(), first.status.code(), "{}", text(&resumed));
    assert!(text(&resumed).contains("hunting"), "{}", text(&resumed));
}

#[test]
fn another_hunt_does_not_write_into_a_journal_that_is_in_use() {
    let folder = Folder::new();
    let journal = folder.journal();
    let arguments = ["--cases", CASES, "--machine", "model:amd", "--for", "1h", "--burn", "0", "--journal", &journal];
    let mut child = hunt(&arguments).stdout(Stdio::null()).spawn().expect("it starts");
    while read(Path::new(&journal)).is_err() {
        sleep(Duration::from_millis(5));
    }
    let second = done(&["--resume", &journal]);
    kill(&mut child);
    assert_eq!(second.status.code(), Some(2));
    assert!(text(&second).contains("is written by another hunt"), "{}", text(&second));
}

#[test]
fn what_cannot_be_hunted_is_refused() {
    let refused = |arguments: &[&str]| {
        let output = done(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        text(&output)
    };
    assert!(refused(&[]).contains("--for"));
    assert!(refused(&["--for", "10s"]).contains("--journal"));
    assert!(refused(&["--for", "soon", "--journal", "x"]).contains("invalid value"));
    // Flags whose values the journal has cannot be given again.
    for flag in [["--seed", "3"], ["--jitter", "9"], ["--time-limit", "2"], ["--cases", CASES]] {
        for what in ["--resume", "--report"] {
            assert!(refused(&[what, "x", flag[0], flag[1]]).contains("cannot be used with"), "{what} {flag:?}");
        }
    }
    let unknown = ["--for", "1s", "--machine", "model:amd", "--journal", "/nonexistent/x", "no-such-trial"];
    assert!(refused(&unknown).contains("no trial fits `no-such-trial`"));
    let folder = Folder::new();
    fs::write(folder.0.path().join("other"), "{\"event\":\"run-started\"}\n").expect("written");
    let other = folder.0.path().join("other");
    let other = other.to_str().expect("text");
    assert!(refused(&["--report", other]).contains("line 1: not a line of a journal"));
    assert!(refused(&["--resume", other]).contains("line 1: not a line of a journal"));
    assert_eq!(done(&["--report", "/nonexistent/journal"]).status.code(), Some(3));
}
