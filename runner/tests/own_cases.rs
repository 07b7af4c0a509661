//! User-defined cases, as written with the format page and the command.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const PAGE: &str = include_str!("../../cases/README.md");

/// A folder for one test, removed at its end.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let file = self.0.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("created");
        fs::write(file, content).expect("written");
    }

    /// What the command says with these words, run in the folder.
    fn nmi(&self, words: &str) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        let output = command.args(words.split_whitespace()).current_dir(&self.0).output().expect("it runs");
        Told::of(&output)
    }
}

#[derive(Debug)]
struct Told {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Told {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// The blocks of the format page behind a fence with these words.
fn blocks(words: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in PAGE.lines() {
        match (&mut open, line) {
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), line) => *block += &format!("{line}\n"),
            (None, line) if line.strip_prefix("```") == Some(words) => open = Some(String::new()),
            (None, _) => {}
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_page_work_as_they_stand() {
    let folder = Folder::new();
    let commands = blocks("sh").concat();
    let commands: Vec<&str> = commands.lines().filter_map(|line| line.split('#').next()).map(str::trim).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let words = command.strip_prefix("nmi ").expect("a command of nmi");
        // The page's examples are not run on this host's KVM.
        let on_kvm = words.starts_with("run") && !words.contains("--machine");
        let told = folder.nmi(&format!("{words}{}", if on_kvm { " --list" } else { "" }));
        assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{command}: {told:?}");
        if words.starts_with("check") {
            assert_eq!(told.out, "1 file, no errors\n");
        }
        if words.starts_with("run") && !on_kvm {
            assert!(told.out.contains("\n42 passed, 0 failed, "), "{}", told.out);
        }
    }
}

#[test]
fn a_case_of_the_page_is_a_file_that_runs() {
    let folder = Folder::new();
    for (number, case) in blocks("yaml case").iter().enumerate() {
        let id = format!("example-{number}");
        folder.write(&format!("mine/{id}.yaml"), case);
    }
    folder.write("mine/rules/page.yaml", blocks("yaml rules").concat());
    folder.write("alone.yaml", &blocks("yaml case")[0]);

    let checked = folder.nmi("check mine alone.yaml mine/example-0.yaml mine/rules/page.yaml");
    assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""), "{checked:?}");
    assert_eq!(checked.out, format!("{} files, no errors\n", blocks("yaml case").len() + 4));
    let run = folder.nmi("run --cases alone.yaml --machine model");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.contains(": 42 trials on model:amd, model:intel"), "{}", run.out);
    let explained = folder.nmi("explain --cases alone.yaml alone");
    assert_eq!(explained.code, Some(0), "{explained:?}");
    let blocks = "Delivery of an NMI blocks further NMIs";
    assert!(explained.out.contains(blocks), "the rule is the suite's: {}", explained.out);
}

#[test]
fn new_overwrites_nothing_and_refuses_bad_names() {
    let folder = Folder::new();
    assert_eq!(folder.nmi("new deep/er/case.yaml").code, Some(0));
    let written = fs::read(folder.0.path().join("deep/er/case.yaml")).expect("written");
    folder.write("deep/er/case.yaml", "mine");
    let again = folder.nmi("new deep/er/case");
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("`./deep/er/case.yaml` already"), "{}", again.err);
    assert_eq!(fs::read(folder.0.path().join("deep/er/case.yaml")).expect("there"), b"mine");
    for bad in ["../out", "/tmp/x", "Capital", "a_b", "a//b", "rules/x", "errata", "known-deviations", ".x", "a/"] {
        let told = folder.nmi(&format!("new {bad}"));
        assert_eq!(told.code, Some(2), "{bad}");
        assert!(told.err.starts_with("error: `") && told.err.contains("is no id of a case"), "{}", told.err);
    }
    let within = folder.nmi("new x --cases deep/er/case.yaml");
    assert_eq!((within.code, within.err.as_str()), (Some(2), "error: `deep/er/case.yaml` is a file; name a folder\n"));
    assert_eq!(fs::read_dir(&folder.0).expect("there").count(), 1, "nothing else was written");

    // Where there are rules, it names one of them.
    folder.write("own/rules/page.yaml", blocks("yaml rules").concat().replace("block.from-delivery", "mine.own"));
    assert_eq!(folder.nmi("new --cases own first").code, Some(0));
    let own = fs::read_to_string(folder.0.path().join("own/first.yaml")).expect("written");
    assert_eq!(own.replace("[mine.own]", "[block.from-delivery]").into_bytes(), written);
}

#[test]
fn own_cases_override_those_that_are_built_in() {
    let folder = Folder::new();
    folder.nmi("new --cases mine of-my-own");
    folder.nmi("new --cases mine blocking/second-nmi-waits-for-iret");
    folder.write(
        "mine/known-deviations.yaml",
        "deviations:\n  - id: mine.deaf\n    cases: [of-my-own, \"blocking/*\"]\n    strategies: [\"faulty:deaf\"]\n    paths: [ioctl, events, msi, ioapic, ipi]\n    symptoms: [{ mismatch: \
         { want: nmi, got: after } }]\n    reason: it is deaf\n    evidence: here\n",
    );
    assert_eq!(folder.nmi("check mine").out, "3 files, no errors\n");
    let listed = folder.nmi("list --cases mine");
    let ids: Vec<&str> = listed.out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase())).collect();
    assert_eq!(ids, ["blocking/second-nmi-waits-for-iret", "of-my-own"]);
    let run = folder.nmi("run --cases mine --machine faulty:deaf");
    assert_eq!(run.code, Some(0), "its deviations are added: {}", run.out);
    assert!(run.out.contains("12 passed, 0 failed, 30 known, "), "{}", run.out);
    let rules = folder.nmi("rules --cases mine");
    assert!(rules.out.contains("pending.one-is-held"), "the suite's rules are there");
    // A rule that does not exist is reported with its place.
    folder.write("mine/wrong.yaml", blocks("yaml case")[0].replace("block.from-delivery", "block.from-delivry"));
    let told = folder.nmi("check mine");
    assert_eq!(told.code, Some(2));
    assert!(
        told.err.contains("did you mean `block.from-delivery`?") && told.err.contains("wrong.yaml:2:9"),
        "{}",
        told.err
    );
    assert!(told.err.ends_with("\n1 error in 1 file\n"), "nothing of the suite is missed: {}", told.err);
}

#[test]
fn what_a_filter_does_not_need_does_not_stop_a_run() {
    let folder = Folder::new();
    folder.nmi("new --cases mine good/one");
    folder.write("mine/bad/one.yaml", blocks("yaml case")[0].replace("raise", "raize"));
    folder.write("mine/bad/no-yaml.yaml", ": [");
    let run = "run --cases mine --machine model:amd";
    for fine in [
        format!("{run} good/"),
        format!("{run} --exact model:amd::long::ioctl::good/one"),
        "explain --cases mine good/one".to_owned(),
        "list --cases mine good".to_owned(),
        "hunt --cases mine --machine model:amd --for 60s --rounds 1 --burn 0 --guests 0 --journal j good/".to_owned(),
    ] {
        let told = folder.nmi(&fine);
        assert_eq!(told.code, Some(0), "{fine}: {told:?}");
        let first = "warning: passed over what is wrong with cases that are not asked for: 3 errors in 2 files\n";
        assert!(told.err.starts_with(first) && told.err.contains("  mine/bad/one.yaml:"), "{}", told.err);
    }
    for stopped in [
        run.to_owned(),
        format!("{run} bad/one"),
        format!("{run} long::ioctl"),
        format!("{run} --exact model:amd::long::ioctl::bad/one"),
        "explain --cases mine bad/no-yaml".to_owned(),
        "list --cases mine".to_owned(),
    ] {
        let told = folder.nmi(&stopped);
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{stopped}: {told:?}");
        assert!(told.err.contains("--> mine/bad/"), "{}", told.err);
    }
    // In a folder with rules, problems of the suite as a whole do not stop a run with a filter either.
    folder.write("mine/rules/page.yaml", blocks("yaml rules").concat());
    let whole = folder.nmi(&format!("{run} good/"));
    assert_eq!(whole.code, Some(0), "{whole:?}");
    fs::remove_dir_all(folder.0.path().join("mine/bad")).expect("removed");
    let lacking = folder.nmi(&format!("{run} good/"));
    assert_eq!(lacking.code, Some(0), "{lacking:?}");
    assert!(lacking.err.contains("rule `block.until-iret` is `tested`, but no case names it"), "{}", lacking.err);
    assert_eq!(folder.nmi(run).code, Some(2));
}

#[test]
fn leftovers_of_editors_are_skipped_and_only_regular_files_are_read() {
    let folder = Folder::new();
    folder.nmi("new --cases mine one");
    for dropping in [".#one.yaml", "#one.yaml#", "#one.yaml", "one.yaml~", ".one.yaml.swp", ".git/x.yaml", "notes.txt"]
    {
        folder.write(&format!("mine/{dropping}"), "no case: [");
    }
    let gone = Path::new("nowhere-at-all");
    std::os::unix::fs::symlink(gone, folder.0.path().join("mine/.#two.yaml")).expect("a link as Emacs makes it");
    assert_eq!(folder.nmi("check mine").out, "1 file, no errors\n");
    assert_eq!(folder.nmi("run --cases mine --machine model").code, Some(0));

    folder.write("whole/rules/page.yaml", blocks("yaml rules").concat());
    folder.write("whole/#one.yaml", "no case: [");
    let named = folder.nmi("check whole/#one.yaml");
    assert_eq!(named.code, Some(2), "who names one is told: {named:?}");
    assert!(named.err.starts_with("error[passed-over]: this is no file of the suite"), "{}", named.err);
    folder.write("empty/notes.txt", "");
    let empty = folder.nmi("check empty");
    assert_eq!(empty.code, Some(2));
    assert!(empty.err.starts_with("error[no-cases]: there is no case in this folder\n--> empty"), "{}", empty.err);

    std::os::unix::fs::symlink("/dev/zero", folder.0.path().join("mine/endless.yaml")).expect("a link");
    let told = folder.nmi("check mine /dev/zero");
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("mine/endless.yaml") && told.err.contains("/dev/zero"), "{}", told.err);
    assert!(told.err.contains("it is not an ordinary file"), "{}", told.err);
    let other = folder.nmi("run --cases mine --machine model ::one");
    assert_eq!(other.code, Some(0), "the others are not stopped by it: {other:?}");
}
