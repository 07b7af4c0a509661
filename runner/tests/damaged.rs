//! Damaged saved runs and journals, with every command that reads them: no panic, and no success on a file that lost trials.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use reports::{Kind, SavedRun, read_run};
use runner::cli::main;
use runner::hunt::{Journal, Line, Tally, read};
use tempfile::TempDir;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
/// How many times each file is damaged, each time differently.
const TIMES: u64 = 300;
/// Every so many damaged files, the slow commands run, too.
const SLOW: u64 = 20;

/// Printed by a process that finished.
const DONE: &str = "all damaged files were read";

/// Random numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % limit.max(1)
    }
}

/// Bytes that no writer writes there.
const ODD: [&[u8]; 6] = [b"\0\0\0\0", b"\x1b]0;title\x07", b"\xff\xfe", b"\xc3\x28", b"\n", b"\r\x08"];
const HUGE: [&str; 5] = ["18446744073709551615", "99999999999999999999", "-1", "1e308", "0"];

/// A file damaged in one way.
fn damaged(good: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let mut lines: Vec<Vec<u8>> = good.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (at, other) = (dice.below(lines.len()), dice.below(lines.len()));
    let place = dice.below(bytes.len());
    match dice.below(9) {
        0 => bytes[place] ^= 1 << dice.below(8),
        1 => bytes.truncate(place),
        2 => drop(lines.remove(at)),
        3 => lines.insert(at, lines[at].clone()),
        4 => lines.swap(at, other),
        5 => lines[at].fill(0),
        6 => {
            let odd = ODD[dice.below(ODD.len())].iter().copied();
            bytes.splice(place..place, odd);
        }
        7 => {
            let end = (place + dice.below(4096)).min(bytes.len());
            bytes[place..end].fill(0);
        }
        _ => number(&mut bytes, place, HUGE[dice.below(HUGE.len())]),
    }
    if bytes == good { lines.concat() } else { bytes }
}

/// Puts another number in place of the next one.
fn number(bytes: &mut Vec<u8>, from: usize, huge: &str) {
    let behind_colon = |at: &usize| bytes[at - 1] == b':' && bytes[*at].is_ascii_digit();
    let Some(start) = (from.max(1)..bytes.len()).find(behind_colon) else { return };
    let end = (start..bytes.len()).find(|at| !bytes[*at].is_ascii_digit()).unwrap_or(bytes.len());
    bytes.splice(start..end, huge.bytes());
}

/// A folder of its own for each test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("text").to_owned()
    }

    /// The command's exit code, run in its own process: a process can handle Ctrl-C only once.
    fn process(&self, arguments: &[&str]) -> u8 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        let status = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it starts");
        status.code().and_then(|code| u8::try_from(code).ok()).expect("no signal")
    }

    /// The command's exit code, in this process.
    fn nmi(&self, arguments: &[&str]) -> u8 {
        main(["nmi"].iter().chain(arguments))
    }
}

/// Runs a test in a process whose output is discarded, because the test harness does not capture it.
fn quietly(test: &str, work: fn()) {
    const INSIDE: &str = "NMI_DAMAGED_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        work();
        eprintln!("{DONE}");
        return;
    }
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").stdout(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    let told: Vec<&str> = errors.lines().filter(|line| !line.starts_with("note: ")).collect();
    let last = told.get(told.len().saturating_sub(30)..).unwrap_or_default().join("\n");
    assert!(output.status.success() && errors.contains(DONE), "{}: {last}", output.status);
}

fn ids(run: &SavedRun) -> BTreeSet<String> {
    run.trials.iter().map(|trial| trial.id.to_string()).collect()
}

#[test]
fn damaged_runs() {
    quietly("damaged_runs", || {
        let folder = Folder::new();
        let [good, bad, out] = ["good.jsonl", "bad.jsonl", "out"].map(|name| folder.path(name));
        let (good, bad, out) = (good.as_str(), bad.as_str(), out.as_str());
        let run = ["run", "--cases", CASES, "--machine", "faulty:deaf", "--machine", "model:amd"];
        folder.process(&[&run[..], &["--json", good]].concat());
        let quick: [&[&str]; 7] = [
            &["diff", good, bad],
            &["diff", bad, good, "--format", "json"],
            &["diff", good, bad, "--format", "markdown"],
            &["report", bad],
            &["report", bad, "--ktap", "--junit", out],
            &["merge", bad, "--json", out],
            &["rules", bad, "--cases", CASES],
        ];
        let baseline = [&run[..], &["--baseline", bad]].concat();
        let page = ["report", bad, "--html", out, "--cases", CASES];
        let slow: [&[&str]; 2] = [&page, &baseline];
        let bytes = fs::read(good).expect("written");
        let whole = ids(&read_run(&bytes[..]).expect("a saved run"));
        fs::write(bad, &bytes).expect("written");
        for command in quick {
            assert_eq!(folder.nmi(command), 0, "of the good file: {command:?}");
        }
        for command in slow {
            assert_eq!(folder.process(command), 0, "of the good file: {command:?}");
        }
        let mut seen = [0; 3];
        for seed in 1..=TIMES {
            let bytes = damaged(&bytes, &mut Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            fs::write(bad, &bytes).expect("written");
            let read = read_run(&bytes[..]);
            let lost = read.as_ref().map(|run| !whole.is_subset(&ids(run)));
            seen[lost.as_ref().map_or(0, |lost| 1 + usize::from(*lost))] += 1;
            let quick = quick.iter().map(|command| (command, folder.nmi(command)));
            let slow = slow.iter().filter(|_| seed % SLOW == 0).map(|command| (command, folder.process(command)));
            for (command, code) in quick.chain(slow) {
                let wanted = match lost {
                    // What cannot be read is bad input, whoever reads it.
                    Err(_) => code == 2,
                    Ok(true) => code != 0,
                    Ok(false) => true,
                };
                assert!(wanted, "seed {seed}, {command:?}: exit code {code}, {lost:?}");
            }
        }
        assert!(seen.iter().all(|count| *count > TIMES / 30), "refused, whole, lost: {seen:?}");
    });
}

/// A journal in the midst of a round, of a hunt that goes on for one round.
fn journal(folder: &Folder) -> Vec<u8> {
    let [over, midst] = ["over", "midst"].map(|name| folder.path(name));
    let hunt = ["hunt", "--cases", CASES, "--machine", "model:amd", "--for", "1s", "--rounds", "1", "--seed", "3"];
    folder.process(&[&hunt[..], &["--burn", "0", "--journal", &over]].concat());
    let kept = read(Path::new(&over)).expect("a journal");
    let mut tally = Tally::new(kept.tally.boot.clone());
    let mut journal = Journal::create(Path::new(&midst), &kept.plan, &tally).expect("created");
    for (number, trial) in kept.tally.trials.keys().take(4).enumerate() {
        let at = number as u64;
        let started = Line::Started { trial: trial.clone(), loaded: false, at, jitter: None, number: Some(at) };
        for line in [started, Line::Ended { kind: Kind::Pass, symptom: None, lacked: None, at, example: None }] {
            journal.append(&line, false).expect("written");
            tally.take(&line);
        }
    }
    fs::read(midst).expect("written")
}

#[test]
fn damaged_journals() {
    quietly("damaged_journals", || {
        let folder = Folder::new();
        let good = journal(&folder);
        let bad = folder.path("bad");
        fs::write(&bad, &good).expect("written");
        assert_eq!(folder.nmi(&["hunt", "--report", &bad]), 0);
        let whole = read(Path::new(&bad)).expect("a journal").tally.done;
        assert_eq!(whole.len(), 4);
        let mut seen = [0; 3];
        for seed in 1..=TIMES {
            let bytes = damaged(&good, &mut Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)));
            fs::write(&bad, &bytes).expect("written");
            let read = read(Path::new(&bad));
            let code = folder.nmi(&["hunt", "--report", &bad]);
            match &read {
                Err(_) => assert_eq!(code, 2, "seed {seed}"),
                // A loss in the middle is refused; a loss at the end looks like a hunt that was cut off.
                Ok(kept) => {
                    let begins = good.starts_with(bytes.split(|byte| *byte == 0).next().unwrap_or_default());
                    let lost = !whole.is_subset(&kept.tally.done);
                    assert!(!lost || begins || kept.cut.is_some() || code != 0, "seed {seed}: {:?}", kept.tally.done);
                }
            }
            seen[match &read {
                Err(_) => 0,
                Ok(kept) => 1 + usize::from(!whole.is_subset(&kept.tally.done)),
            }] += 1;
            // A damaged plan may be very long, so only unreadable journals are resumed.
            if read.is_err() && seed % SLOW == 0 {
                assert_eq!(folder.process(&["hunt", "--resume", &bad]), 2, "seed {seed}");
            }
        }
        assert!(seen.iter().all(|count| *count > TIMES / 60), "refused, whole, cut off: {seen:?}");
        fs::write(&bad, &good).expect("written");
        assert_eq!(folder.process(&["hunt", "--resume", &bad]), 0, "the fifth trial passes");
    });
}
