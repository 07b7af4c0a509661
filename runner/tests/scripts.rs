//! Every script of the repository has `--help`, which does nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest time for a script, far more than it needs to print a text.
const LIMIT: Duration = Duration::from_secs(60);

/// Programs that change something. Each is replaced by a script that records its call.
const DOERS: [&str; 12] =
    ["cargo", "apt-get", "apt-cache", "git", "rustup", "modprobe", "rmmod", "insmod", "mount", "docker", "pip", "curl"];

/// Folders without scripts of this repository.
const ELSEWHERE: [&str; 2] = ["target", ".git"];

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the checkout")
}

/// Every file below a folder, relative to it.
fn files(root: &Path, below: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root.join(below)).expect("a folder").flatten() {
        let path = below.join(entry.file_name());
        let kind = entry.file_type().expect("its kind");
        if kind.is_dir() && !ELSEWHERE.iter().any(|name| entry.file_name() == *name) {
            files(root, &path, into);
        } else if kind.is_file() {
            into.push(path);
        }
    }
}

/// Files that are executable or name their interpreter.
fn scripts() -> Vec<PathBuf> {
    let root = checkout();
    let mut all = Vec::new();
    files(&root, Path::new(""), &mut all);
    all.retain(|path| {
        let mode = fs::metadata(root.join(path)).expect("a file").permissions().mode();
        let bytes = fs::read(root.join(path)).expect("a file");
        // `#![...]` is an attribute of Rust's.
        mode & 0o111 != 0 || (bytes.starts_with(b"#!") && !bytes.starts_with(b"#!["))
    });
    all.sort();
    all
}

/// The scripts in Python, which not every host has, or the other scripts.
fn scripts_in(python: bool) -> impl Iterator<Item = PathBuf> {
    let is_python = |script: &PathBuf| {
        let text = fs::read_to_string(checkout().join(script)).expect("a script");
        text.starts_with("#!/usr/bin/env python3")
    };
    scripts().into_iter().filter(move |script| is_python(script) == python)
}

/// Only one test at a time: a script that one test has just written cannot be executed while another test forks.
static ONE: Mutex<()> = Mutex::new(());

/// A copy of the folders with scripts, in which they can do no harm, and a search path with the recording scripts.
struct Copy {
    _one: MutexGuard<'static, ()>,
    root: PathBuf,
    path: std::ffi::OsString,
}

impl Copy {
    fn new(name: &str) -> Copy {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scripts").join(name);
        let _ = fs::remove_dir_all(&root);
        let bin = root.join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        for doer in DOERS {
            let text = format!("#!/bin/sh\necho {doer} \"$@\" >>'{}'\nexit 1\n", root.join("called").display());
            fs::write(bin.join(doer), text).expect("written");
            fs::set_permissions(bin.join(doer), fs::Permissions::from_mode(0o755)).expect("set");
        }
        let mut all = vec![PathBuf::from("README.md")];
        for folder in ["ci", ".ci"] {
            files(&checkout(), Path::new(folder), &mut all);
        }
        for file in all {
            let to = root.join("checkout").join(&file);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(checkout().join(&file), to).expect("copied");
        }
        let own = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&own))).expect("a search path");
        Copy { _one: one, root, path }
    }

    /// All files with their sizes.
    fn listed(&self) -> BTreeMap<PathBuf, u64> {
        let mut all = Vec::new();
        files(&self.root, Path::new(""), &mut all);
        all.into_iter()
            .map(|file| (file.clone(), fs::metadata(self.root.join(file)).map_or(0, |it| it.len())))
            .collect()
    }

    /// The output of a script with these arguments; `None` if it did not end in time.
    fn run(&self, script: &Path, words: &[&str]) -> Option<Output> {
        let file = self.root.join("checkout").join(script);
        // One that is not executable is started by its interpreter.
        let mut command = match fs::metadata(&file).expect("a file").permissions().mode() & 0o111 {
            0 => Command::new("sh"),
            _ => Command::new(&file),
        };
        if command.get_program() == "sh" {
            command.arg(&file);
        }
        command.args(words).current_dir(&self.root).env("PATH", &self.path).env("HOME", &self.root);
        command.env("NMI", env!("CARGO_BIN_EXE_nmi"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let start = Instant::now();
        while child.try_wait().expect("it can be waited for").is_none() {
            if start.elapsed() > LIMIT {
                child.kill().expect("killed");
                return None;
            }
            thread::sleep(Duration::from_millis(5));
        }
        child.wait_with_output().ok()
    }
}

#[test]
fn scripts_are_found() {
    let scripts = scripts();
    for known in ["ci/check", ".ci/run", "ci/hosts/every-strategy", "ci/lab/tests/every_strategy/guest.sh"] {
        assert!(scripts.contains(&PathBuf::from(known)), "{known} is not among {scripts:?}");
    }
}

#[test]
fn every_script_says_what_it_does_and_does_nothing_else() {
    tells_what_it_does("help", scripts_in(false));
}

#[test]
#[cfg_attr(without_python3, ignore = "python3 was not installed when this was built")]
fn every_script_in_python_says_what_it_does_and_does_nothing_else() {
    tells_what_it_does("help-python", scripts_in(true));
}

fn tells_what_it_does(folder: &str, scripts: impl Iterator<Item = PathBuf>) {
    let copy = Copy::new(folder);
    let before = copy.listed();
    for script in scripts {
        let mut said = Vec::new();
        for flag in ["--help", "-h"] {
            let output =
                copy.run(&script, &[flag]).unwrap_or_else(|| panic!("{} {flag} does not end", script.display()));
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(
                output.status.success() && err.is_empty(),
                "{} {flag}: {}\n{out}{err}",
                script.display(),
                output.status
            );
            let name = script.file_name().expect("a name").to_string_lossy();
            let usage = out.lines().next().unwrap_or_default();
            assert!(usage.starts_with("usage: ") && usage.contains(&*name), "{} {flag}: {out}", script.display());
            assert!((3..30).contains(&out.lines().count()), "{} {flag}: {out}", script.display());
            said.push(out.into_owned());
        }
        assert_eq!(said[0], said[1], "{}", script.display());
        assert_eq!(copy.listed(), before, "{} --help left or changed something", script.display());
    }
}

#[test]
fn every_script_refuses_a_flag_that_it_does_not_know() {
    refuses_a_flag("unknown", scripts_in(false));
}

#[test]
#[cfg_attr(without_python3, ignore = "python3 was not installed when this was built")]
fn every_script_in_python_refuses_a_flag_that_it_does_not_know() {
    refuses_a_flag("unknown-python", scripts_in(true));
}

fn refuses_a_flag(folder: &str, scripts: impl Iterator<Item = PathBuf>) {
    let copy = Copy::new(folder);
    let before = copy.listed();
    for script in scripts {
        let output = copy.run(&script, &["--no-such-flag"]);
        let output = output.unwrap_or_else(|| panic!("{} does not end", script.display()));
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(2), "{}: {out}{err}", script.display());
        assert!(out.is_empty() && err.lines().count() == 1, "{}: {out}{err}", script.display());
        assert!(err.starts_with("error: "), "{}: {err}", script.display());
        assert_eq!(copy.listed(), before, "{} left or changed something", script.display());
    }
}

#[test]
fn steps_of_the_check_can_be_listed_and_chosen() {
    let copy = Copy::new("steps");
    let check = Path::new("ci/check");
    let output = copy.run(check, &["--list"]).expect("it ends");
    let steps = String::from_utf8(output.stdout).expect("text");
    assert!(steps.lines().any(|step| step == "format") && steps.lines().count() > 10, "{steps}");
    let text = fs::read_to_string(checkout().join(check)).expect("the script");
    for step in steps.lines() {
        assert!(text.contains(&format!("do_{step}() {{")), "the step {step} has no function");
    }
    // The cargo of this copy fails, and leaves a note.
    let output = copy.run(check, &["format"]).expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read_to_string(copy.root.join("called")).expect("called"), "cargo fmt --all --check\n");
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAILED"));
}

/// The check runs the commands of the README exactly.
#[test]
fn the_check_runs_the_commands_of_the_readme() {
    let copy = Copy::new("readme");
    let check = Path::new("ci/check");
    for (step, command) in [("run", "cargo run --release -- run"), ("tests", "cargo test --workspace")] {
        let output = copy.run(check, &[step]).expect("it ends");
        assert_eq!(output.status.code(), Some(1), "the command's failure is the step's");
        let called = fs::read_to_string(copy.root.join("called")).expect("called");
        assert!(called.lines().any(|line| line == command), "{step}: {called}");
    }
    // A page without its block is no success.
    let page = copy.root.join("checkout/README.md");
    fs::write(&page, fs::read_to_string(&page).expect("a page").replace("```sh", "```")).expect("written");
    for step in ["run", "tests", "page", "lab-packages"] {
        let output = copy.run(check, &[step]).expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{step}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

/// A compiler that is not installed and cannot be fetched is reported, and is not a failure.
#[test]
fn the_check_reports_that_the_oldest_rust_is_unavailable() {
    let copy = Copy::new("msrv");
    let manifest = fs::read_to_string(checkout().join("Cargo.toml")).expect("a manifest");
    fs::write(copy.root.join("checkout/Cargo.toml"), &manifest).expect("written");
    let rust =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).expect("a version").trim_matches('"');
    let output = copy.run(Path::new("ci/check"), &["msrv"]).expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("not run      msrv: Rust {rust} is not installed")), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
    let called = fs::read_to_string(copy.root.join("called")).expect("called");
    assert!(called.contains(&format!("rustup toolchain install {rust} ")), "{called}");
}

/// The lab's output becomes a line of the summary, and only failures fail the check.
#[test]
fn the_check_distinguishes_what_the_lab_could_not_run_from_what_failed() {
    let copy = Copy::new("lab");
    let lab = copy.root.join("checkout/target/lab/static/x86_64-unknown-linux-gnu/release/lab");
    fs::create_dir_all(lab.parent().expect("a folder")).expect("a folder");
    for (said, code, summary) in [
        ("amd-vnmi@7.3.4: 2217 passed, 0 failed, 290 known", 0, "ok"),
        ("amd-vnmi@7.3.4: 2216 passed, 1 failed, 290 known", 1, "FAILED"),
        ("amd-vnmi@7.3.4: not run: it needs Linux 9", 1, "not run      amd-vnmi@7.3.4: it needs Linux 9"),
        (
            "apt-get install meson ninja-build",
            3,
            "not run      lab-amd: packages are missing and cannot be had: meson ninja-build",
        ),
        ("error: the cache is full", 3, "FAILED"),
        ("thread 'main' panicked", 101, "FAILED"),
    ] {
        fs::write(&lab, format!("#!/bin/sh\necho \"{said}\" >&2\nexit {code}\n")).expect("written");
        fs::set_permissions(&lab, fs::Permissions::from_mode(0o755)).expect("set");
        let output = copy.run(Path::new("ci/check"), &["lab-amd"]).expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.lines().last().is_some_and(|line| line.starts_with(summary)), "{said}: {text}");
        assert_eq!(output.status.code(), Some(i32::from(summary == "FAILED")), "{said}");
    }
}
