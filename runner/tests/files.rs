//! Inputs and outputs of commands: regular files only, one writer at a time, and every output is opened before the work starts.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

use reports::Outputs;
use tempfile::TempDir;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn nmi(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        let output = command.current_dir(&self.0).stdin(Stdio::null()).args(arguments).output();
        let Output { status, stdout, stderr } = output.expect("the command starts");
        let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        (status.code().expect("no signal"), out, err)
    }

    /// Runs one case on a model.
    fn run(&self, more: &[&str]) -> (i32, String, String) {
        let run = ["run", "second-waits", "--cases", CASES, "--machine", "model:amd"];
        self.nmi(&[&run[..], more].concat())
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("readable").flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn only_ordinary_files_are_read() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["--json", "good.jsonl"]).0, 0);
    symlink("/dev/zero", folder.0.path().join("zero")).expect("linked");
    let pipe = Command::new("mkfifo").arg(folder.0.path().join("pipe")).status().expect("mkfifo");
    assert!(pipe.success());
    fs::create_dir(folder.0.path().join("folder")).expect("created");
    // Sparse: it takes no room.
    fs::File::create(folder.0.path().join("huge")).and_then(|file| file.set_len(1 << 31)).expect("created");
    for (file, words) in [
        ("zero", "it is a device, not an ordinary file"),
        ("pipe", "it is a pipe, not an ordinary file"),
        ("folder", "it is a folder, not an ordinary file"),
        ("huge", "it is longer than"),
    ] {
        for arguments in [
            &["report", file][..],
            &["report", "good.jsonl", file, "--html", "page.html"],
            &["report", "good.jsonl", "--html", "page.html", "--mutants", file],
            &["diff", "good.jsonl", file],
            &["merge", file, "--json", "merged.jsonl"],
            &["hunt", "--report", file],
            &["hunt", "--resume", file],
            &["run", "second-waits", "--cases", CASES, "--machine", "model:amd", "--baseline", file],
        ] {
            let (code, out, err) = folder.nmi(arguments);
            assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
            assert!(err.contains(&format!("error: {file}: {words}")), "{arguments:?}: {err}");
        }
    }
    assert_eq!(folder.names(), ["folder", "good.jsonl", "huge", "pipe", "zero"], "nothing is half done");
}

#[test]
fn an_output_that_cannot_be_written_is_reported_before_the_run() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["--json", "old.jsonl"]).0, 0);
    let old = fs::read(folder.0.path().join("old.jsonl")).expect("written");
    symlink("old.jsonl", folder.0.path().join("link")).expect("linked");
    let run = |more: &[&str]| {
        let (code, out, err) = folder.run(more);
        assert_eq!(out, "", "{more:?}: nothing ran");
        (code, err)
    };
    let refused = |more: &[&str], words: &str| {
        let (code, err) = run(more);
        assert!(code == 2 && err.contains(words), "{more:?}: {code} {err}");
    };
    let (code, err) = run(&["--json", "old.jsonl", "--junit", "none/junit.xml"]);
    assert!(code == 3 && err.starts_with("error: cannot write none/junit.xml: "), "{err}");
    refused(&["--json", "link", "--junit", "old.jsonl"], "`--json` and `--junit` both go there");
    refused(&["--junit", "new.xml", "--json", "./new.xml"], "`--json` and `--junit` both go there");
    refused(&["--json", "link", "--baseline", "old.jsonl"], "`--json` would write over the baseline");
    refused(&["--junit", "old.jsonl", "--baseline", "old.jsonl"], "`--junit` would write over the baseline");
    refused(&["--json", "."], "it is a folder; name a file");
    let case = format!("{CASES}/second-waits.yaml");
    refused(&["--json", &case], "`--json` would write among the cases");
    let report = |more: &[&str], words: &str| {
        let (code, out, err) = folder.nmi(&[&["report", "old.jsonl"][..], more].concat());
        assert!(code == 2 && out.is_empty() && err.contains(words), "{more:?}: {code} {err}");
    };
    report(&["--html", "link"], "`--html` would write over a saved run that is read");
    report(&["--junit", "old.jsonl"], "`--junit` would write over a saved run that is read");
    let (code, _, err) = folder.nmi(&["merge", "old.jsonl", "--json", "link"]);
    assert!(code == 2 && err.contains("`--json` would write over a saved run that is read"), "{err}");
    let (code, _, err) = folder.nmi(&["mutants", "--cases", CASES, "--json", "none/mutants.json"]);
    assert!(code == 3 && err.contains("cannot write none/mutants.json"), "{err}");
    assert_eq!(fs::read(folder.0.path().join("old.jsonl")).expect("there"), old);
    assert_eq!(folder.names(), ["link", "old.jsonl"], "a run that did not start leaves nothing");
}

#[test]
fn two_runs_do_not_write_one_file() {
    let folder = Folder::new();
    for name in ["run.jsonl", "junit.xml"] {
        let path = folder.0.path().join(name);
        let mut outputs = Outputs::new();
        let held = match name {
            "run.jsonl" => outputs.growing("--json", &path),
            _ => outputs.whole("--junit", &path),
        };
        for flag in ["--json", "--junit"] {
            let (code, out, err) = folder.run(&[flag, name]);
            assert!(code == 2 && out.is_empty() && err.contains("another command is writing it"), "{err}");
        }
        drop(held);
        assert_eq!(folder.run(&["--json", "run.jsonl", "--junit", "junit.xml"]).0, 0, "it is free again");
    }
    assert_eq!(folder.names(), ["junit.xml", "run.jsonl"]);
}

#[test]
fn a_full_disk_is_trouble_and_loses_no_verdict() {
    let folder = Folder::new();
    for flag in ["--json", "--junit"] {
        let (code, out, err) = folder.run(&[flag, "/dev/full"]);
        assert!(out.contains("1 passed, 0 failed"), "{out}");
        let words = format!("{} report: cannot write /dev/full: No space left on device", &flag[2..]);
        assert!(code == 3 && err.contains(&words), "{code} {err}");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("there");
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    let run = ["run", "second-waits", "--cases", CASES, "--machine", "model:amd"];
    let output = command.args(run).stdout(full).output().expect("the command starts");
    let err = String::from_utf8_lossy(&output.stderr);
    let words = "text report: cannot write standard output: No space left on device";
    assert!(output.status.code() == Some(3) && err.contains(words), "{err}");
}
