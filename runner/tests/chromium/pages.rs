//! The pages of the browser tests, made of saved runs of each kind.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use libtest_mimic::Failed;
use reports::{KillMatrix, Mutant, SavedRun};

use super::check;

/// The case of the pages that are about one.
pub(crate) const CASE: &str = "blocking/second-nmi-waits-for-iret";
/// Cases that end in each way.
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");

pub(crate) fn folder() -> Result<PathBuf, Failed> {
    let mut folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
    // nextest runs each test in a process of its own, and two commands never write one file at once.
    if std::env::var_os("NEXTEST").is_some() {
        folder = folder.join(std::process::id().to_string());
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs and saves a run, which may have failures and trouble.
pub(crate) fn run(name: &str, arguments: &[&str]) -> Result<PathBuf, Failed> {
    let file = folder()?.join(name).with_extension("jsonl");
    let mut all = vec![OsStr::new("run"), OsStr::new("--json"), file.as_os_str()];
    all.extend(arguments.iter().map(OsStr::new));
    nmi(&all, &[0, 1, 3])?;
    Ok(file)
}

/// Saves a run that a test made up.
pub(crate) fn save(name: &str, run: &SavedRun) -> Result<PathBuf, Failed> {
    let file = folder()?.join(name).with_extension("jsonl");
    reports::write_run(run, File::create(&file)?)?;
    Ok(file)
}

/// The page of these runs, of which one may be incomplete.
pub(crate) fn page(name: &str, runs: &[&Path], more: &[&OsStr]) -> Result<PathBuf, Failed> {
    let page = folder()?.join(name).with_extension("html");
    let mut all = vec![OsStr::new("report"), OsStr::new("--html"), page.as_os_str()];
    all.extend(runs.iter().map(|run| run.as_os_str()));
    all.extend(more);
    nmi(&all, &[0, 1])?;
    Ok(page)
}

/// The page of a machine that drops every NMI.
pub(crate) fn failing() -> Result<PathBuf, Failed> {
    Ok(kinds()?.failing)
}

/// Pages of every kind, made once.
#[derive(Clone)]
pub(crate) struct Kinds {
    failing: PathBuf,
    others: Vec<PathBuf>,
}

impl Kinds {
    pub(crate) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.failing).chain(&self.others)
    }
}

/// One page of each kind: a failure, none, several runs with every outcome, mutants, a run that is empty.
pub(crate) fn kinds() -> Result<Kinds, Failed> {
    static MADE: Mutex<Option<Kinds>> = Mutex::new(None);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let kinds = made.take().map_or_else(make, Ok)?;
    *made = Some(kinds.clone());
    Ok(kinds)
}

fn make() -> Result<Kinds, Failed> {
    let fails = run("fails", &["--machine", "faulty:deaf", CASE])?;
    let passes = run("passes", &["--machine", "model:amd", CASE])?;
    let machines = ["liar", "fickle", "dead", "refusing", "bare"].map(|name| format!("--machine=faulty:{name}"));
    let mut arguments = vec!["--machine", "model:amd", "--cases", SAMPLES];
    arguments.extend(machines.iter().map(String::as_str));
    let mixed = run("mixed", &arguments)?;
    let mutants = folder()?.join("mutants.json");
    let mutant = |name: &str, killers: &[&str]| Mutant {
        name: name.to_owned(),
        statement: "IRET does not unblock".to_owned(),
        killers: killers.iter().map(|case| (*case).to_owned()).collect(),
    };
    let matrix = KillMatrix { mutants: vec![mutant("one", &[CASE]), mutant("two", &[])], cases: Vec::new() };
    serde_json::to_writer(File::create(&mutants)?, &matrix)?;
    let empty = save("empty", &SavedRun { facts: Some(Default::default()), ..SavedRun::default() })?;
    let failing = page("failing", &[&fails], &[])?;
    let others = vec![
        page("passing", &[&passes], &[])?,
        page("several", &[&fails, &passes, &mixed], &[])?,
        page("with-mutants", &[&passes], &[OsStr::new("--mutants"), mutants.as_os_str()])?,
        page("without-trials", &[&empty], &[])?,
    ];
    Ok(Kinds { failing, others })
}

fn nmi(arguments: &[&OsStr], codes: &[i32]) -> Result<(), Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).args(arguments).output()?;
    let code = output.status.code();
    let fine = code.is_some_and(|code| codes.contains(&code));
    check(fine, &format!("{arguments:?} ended with {code:?}: {}", String::from_utf8_lossy(&output.stderr)))
}
