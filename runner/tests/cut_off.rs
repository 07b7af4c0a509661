//! Runs that are killed, interrupted, or out of disk space: the saved run is readable and has every trial that finished.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reports::{SavedRun, read_run};
use tempfile::TempDir;

/// How often a run is killed.
const KILLS: usize = 20;
/// How many trials run side by side.
const JOBS: usize = 2;

/// Bytes of one block, as `ulimit -f` of a POSIX shell counts.
const BLOCK: u64 = 512;
/// Bytes by which the files of two runs may differ in size, because they have durations.
const ROOM: u64 = 65_536;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn saved(file: &Path) -> SavedRun {
    read_run(&fs::read(file).expect("written")[..]).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Starts a run of more than two hundred trials, which prints a line for each.
fn start(folder: &Folder) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    command.args([
        "run",
        "--machine",
        "model:amd",
        "::long::",
        "--verbose",
        "--jobs",
        &JOBS.to_string(),
        "--json",
        "run.jsonl",
        "--junit",
        "run.xml",
    ]);
    command.current_dir(&folder.0).stdout(Stdio::piped()).spawn().expect("the command starts")
}

/// The trials that the text reports as ended.
fn told(text: &[String]) -> BTreeSet<String> {
    let verdict = |line: &String| {
        let mut words = line.split_whitespace();
        let is_verdict = ["pass", "known", "skip", "FAIL", "ERROR"].contains(&words.next()?);
        words.next().filter(|name| is_verdict && name.starts_with("model:amd::")).map(str::to_owned)
    };
    text.iter().filter_map(verdict).collect()
}

/// Waits until the run has reported `count` trials, ends it, and returns all lines.
fn end_after(mut child: Child, count: usize, end: impl FnOnce(&mut Child)) -> (ExitStatus, Vec<String>) {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    // The first line is about the run itself.
    let mut text: Vec<String> = lines.by_ref().take(count + 1).collect();
    end(&mut child);
    text.extend(lines);
    (child.wait().expect("it ended"), text)
}

#[test]
fn a_run_that_is_killed_loses_nothing_that_finished() {
    let seed = std::env::var("NMI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    println!("NMI_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = Folder::new();
    fs::write(folder.path("run.xml"), "of the run before").expect("written");
    let mut in_a_trial = 0;
    for _ in 0..KILLS {
        let (count, pause) = (random.random_range(0..150), Duration::from_micros(random.random_range(0..3000)));
        let (status, text) = end_after(start(&folder), count, |child| {
            sleep(pause);
            child.kill().expect("killed");
        });
        assert_eq!(status.signal(), Some(9), "killed after {count} lines");
        let run = saved(&folder.path("run.jsonl"));
        let kept: BTreeSet<String> = run.trials.iter().map(|trial| trial.id.to_string()).collect();
        let told = told(&text);
        // At most ten of the lines report progress.
        assert!(told.len() + 10 >= count, "killed after {count} lines: {told:?}");
        let lost: Vec<&String> = told.difference(&kept).collect();
        assert!(lost.is_empty(), "killed after {count} lines: {lost:?}");
        assert!(run.unfinished.len() <= 2 * JOBS && run.shortfall().is_some(), "{:?}", run.unfinished);
        in_a_trial += run.unfinished.len();
        let junit = fs::read_to_string(folder.path("run.xml")).expect("still there");
        assert_eq!(junit, "of the run before", "a report is written whole or not at all");
    }
    println!("{in_a_trial} of {KILLS} were killed in a trial");
}

#[test]
fn ctrl_c_ends_the_run_after_the_current_trial() {
    let folder = Folder::new();
    let (status, text) = end_after(start(&folder), 20, |child| {
        let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is installed");
        assert!(done.success());
    });
    assert_eq!(status.code(), Some(130));
    let run = saved(&folder.path("run.jsonl"));
    assert!(run.summary.as_ref().is_some_and(|summary| summary.interrupted));
    assert!(run.unfinished.is_empty() && run.trials.len() >= 20);
    assert_eq!(told(&text).len(), run.trials.len());
    assert!(text.iter().any(|line| line.starts_with("interrupted: ")), "{text:?}");
    assert!(fs::read_to_string(folder.path("run.xml")).expect("written").ends_with("</testsuites>\n"));
}

/// Bytes of the saved run and of the JUnit report where there is room for both.
fn sizes(folder: &Folder) -> (u64, u64) {
    let (status, _) = end_after(start(folder), usize::MAX - 1, |_| ());
    assert!(status.success(), "{status}");
    let size = |name| fs::metadata(folder.path(name)).expect("written").len();
    (size("run.jsonl"), size("run.xml"))
}

/// Runs the suite in a shell after the commands `before`, which leave too little room for its files, and before `after`, which undo
/// them. Returns the JUnit report.
fn cramped(folder: &Folder, before: &str, after: &str) -> String {
    let nmi = env!("CARGO_BIN_EXE_nmi");
    let script = format!(
        "set -e; {before}; cd room; echo 'of the run before' > run.xml; set +e; \
         '{nmi}' run --machine model:amd ::long:: --verbose --json run.jsonl --junit run.xml > ../text 2> ../errors; \
         code=$?; {after}; cp run.jsonl run.xml ..; ls > ../files; exit $code"
    );
    fs::create_dir_all(folder.path("room")).expect("created");
    let mut command = Command::new("unshare");
    let status =
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script]).current_dir(&folder.0).status();
    let read = |name| fs::read_to_string(folder.path(name)).expect("written");
    assert_eq!(status.expect("unshare runs").code(), Some(3), "{}", read("errors"));
    let text: Vec<String> = read("text").lines().map(str::to_owned).collect();
    let run = saved(&folder.path("run.jsonl"));
    let kept: BTreeSet<String> = run.trials.iter().map(|trial| trial.id.to_string()).collect();
    let told = told(&text);
    assert!(!kept.is_empty() && kept.is_subset(&told) && kept.len() < told.len(), "{} of {}", kept.len(), told.len());
    assert_eq!(
        Some(told.len()),
        run.facts.map(|facts| facts.trials),
        "the run goes on, and the text has every verdict"
    );
    assert!(read("errors").contains("json report: cannot write run.jsonl: "), "{}", read("errors"));
    assert_eq!(read("files"), "run.jsonl\nrun.xml\n", "no temporary file stays");
    read("run.xml")
}

#[test]
#[cfg_attr(without_mounts, ignore = "`unshare --mount` was refused when this was built")]
fn a_full_disk_costs_only_what_did_not_fit() {
    let junit = cramped(&Folder::new(), "mount -t tmpfs -o size=256k none room", ":");
    assert_eq!(junit, "of the run before\n", "a report is written whole or not at all");
    let (json, junit) = sizes(&Folder::new());
    // The saved run exceeds this limit in the middle of a line; the report is much smaller.
    let limit = json.midpoint(junit);
    assert!(junit + ROOM < limit && limit + ROOM < json, "{junit} and {json} bytes are too near");
    let before = format!("trap '' XFSZ; ulimit -S -f {}", limit / BLOCK);
    let junit = cramped(&Folder::new(), &before, "ulimit -S -f unlimited");
    assert!(junit.ends_with("</testsuites>\n"));
}

#[test]
fn a_saved_run_that_cannot_be_written_is_reported_with_every_verdict() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    let output = command.args(["run", "--machine", "model:amd", "delivery/", "--json", "/dev/full"]).output();
    let output = output.expect("the command starts");
    assert_eq!(output.status.code(), Some(3));
    let [text, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(errors.contains("json report: cannot write /dev/full: No space left on device"), "{errors}");
    assert!(text.contains(" passed, 0 failed"), "{text}");
}
