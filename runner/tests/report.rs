//! `nmi report`: what it writes, and its errors for files that are not saved runs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");

fn nmi(arguments: &[&OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nmi")).args(arguments).output().expect("the command starts")
}

fn words<'a>(words: &[&'a str], files: &[&'a Path]) -> Vec<&'a OsStr> {
    words.iter().copied().map(OsStr::new).chain(files.iter().map(|file| file.as_os_str())).collect()
}

fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report");
    fs::create_dir_all(&folder).expect("created");
    folder.join(name)
}

/// A saved run of the samples, and what the run itself printed.
fn saved(name: &str) -> (PathBuf, String) {
    let to = file(name);
    let output = nmi(&words(&["run", "--cases", CASES, "--machine", "model", "--json"], &[&to]));
    // One of the samples fails.
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    (to, String::from_utf8(output.stdout).expect("text"))
}

/// Exit code and standard error.
fn told(arguments: &[&OsStr]) -> (Option<i32>, String) {
    let output = nmi(arguments);
    (output.status.code(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn a_saved_run_is_reported_like_the_run_itself() {
    let (run, printed) = saved("told.jsonl");
    let junit = file("told.xml");
    let output = nmi(&words(&["report", "--junit"], &[&junit, &run]));
    assert_eq!(output.status.code(), Some(0));
    let again = String::from_utf8(output.stdout).expect("text");
    assert_eq!(again.lines().last(), printed.lines().last(), "{again}");
    assert!(fs::read_to_string(junit).expect("written").contains("<testsuites"));
    let ktap = nmi(&words(&["report", "--ktap"], &[&run])).stdout;
    assert!(ktap.starts_with(b"KTAP version 1\n"));
}

#[test]
fn a_page_needs_nothing_but_itself() {
    let (run, _) = saved("page.jsonl");
    let page = file("page.html");
    let (code, text) = told(&[words(&["report"], &[&run]), words(&["--html"], &[&page])].concat());
    assert_eq!(code, Some(0), "{text}");
    let html = fs::read_to_string(&page).expect("written");
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!html.contains(outside), "a page that needs nothing holds no {outside}");
    }
}

#[test]
fn a_file_that_is_no_run_is_reported_with_its_line() {
    let garbage = file("garbage.jsonl");
    fs::write(&garbage, "{\"event\":\"nonsense\"}\n").expect("written");
    let (code, text) = told(&words(&["report"], &[&garbage]));
    assert_eq!(code, Some(2));
    assert!(text.starts_with(&format!("error: {}: line 1, column ", garbage.display())), "{text}");
    let (code, text) = told(&words(&["report"], &[Path::new("/nonexistent/run.jsonl")]));
    assert!(code == Some(2) && text.contains("/nonexistent/run.jsonl: cannot open"), "{text}");
    let (run, _) = saved("mutants.jsonl");
    let (page, mutants) = (file("mutants.html"), file("mutants.json"));
    fs::write(&mutants, "{\"mutants\":[]\n,7}").expect("written");
    let (code, text) =
        told(&[words(&["report"], &[&run]), words(&["--html"], &[&page]), words(&["--mutants"], &[&mutants])].concat());
    assert!(code == Some(2) && text.contains("mutants.json: ") && text.contains("line 2 column 2"), "{text}");
    assert!(!page.exists(), "nothing is written of bad input");
}

#[test]
fn several_runs_make_one_page_and_no_text() {
    let (one, _) = saved("one.jsonl");
    let (other, _) = saved("other.jsonl");
    let (code, text) = told(&words(&["report"], &[&one, &other]));
    assert!(code == Some(2) && text.contains("--html FILE"), "{text}");
    let page = file("several.html");
    let (code, text) = told(&[words(&["report"], &[&one, &other]), words(&["--html"], &[&page])].concat());
    assert_eq!(code, Some(0), "{text}");
    let html = fs::read_to_string(page).expect("written");
    assert!(html.contains(">one<") && html.contains(">other<"), "runs of no strategy go by their files");
}

#[test]
fn a_full_disk_is_reported() {
    let (run, _) = saved("full.jsonl");
    let (code, text) = told(&[words(&["report"], &[&run]), words(&["--html", "/dev/full"], &[])].concat());
    assert!(code == Some(3) && text.starts_with("error: cannot write /dev/full: "), "{text}");
}
