//! Comparing and joining saved runs: `nmi diff`, `nmi merge` and `nmi run --baseline`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use reports::{Outcome, SavedRun, read_run, write_run};
use tempfile::TempDir;

/// A folder of its own for each test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Runs the command here: exit code, standard output, standard error.
    fn nmi(&self, arguments: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        let output = command.current_dir(&self.0).args(arguments).output().expect("the command starts");
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        (output.status.code().expect("no signal"), out, err)
    }

    /// Runs the samples on two machines, one of them deaf.
    fn run(&self, more: &[&str]) -> (i32, String, String) {
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
        let run = ["run", "--cases", cases, "--machine", "faulty:deaf", "--machine", "model:amd"];
        self.nmi(&[&run[..], more].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> SavedRun {
        read_run(&fs::read(self.path(name)).expect("written")[..]).expect("a saved run")
    }

    /// Writes a changed copy of a saved run.
    fn change(&self, from: &str, to: &str, change: impl FnOnce(&mut SavedRun)) {
        let mut run = self.read(from);
        change(&mut run);
        write_run(&run, fs::File::create(self.path(to)).expect("created")).expect("written");
    }

    fn set(&self, from: &str, to: &str, trial: &str, outcome: Outcome) {
        self.change(from, to, |run| {
            let found = run.trials.iter_mut().find(|it| it.id.to_string() == trial);
            found.expect("a trial of the run").outcome = outcome;
        });
    }
}

const DEAF: &str = "faulty:deaf::long::ioctl::second-waits";
const SOUND: &str = "model:amd::long::ioctl::second-waits";

/// The section of the text report that starts with this line.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let from = text.find(heading).unwrap_or_else(|| panic!("no {heading} in {text}"));
    text[from..].split_inclusive("\n\n").next().unwrap_or_default()
}

#[test]
fn a_run_against_itself_and_against_a_better_one() {
    let folder = Folder::new();
    folder.run(&["--json", "now.jsonl"]);
    let (code, out, _) = folder.nmi(&["diff", "now.jsonl", "now.jsonl"]);
    assert_eq!((code, out.lines().last()), (0, Some("10 unchanged")));
    folder.set("now.jsonl", "better.jsonl", DEAF, Outcome::Pass);
    let (code, out, _) = folder.nmi(&["diff", "better.jsonl", "now.jsonl"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("diff-broken", out);
    let (code, out, _) = folder.nmi(&["diff", "now.jsonl", "better.jsonl", "--format", "markdown"]);
    assert_eq!(code, 0);
    assert!(out.contains("### Fixed: 1 trial"), "{out}");
    let (code, out, _) = folder.nmi(&["diff", "better.jsonl", "now.jsonl", "--format", "json"]);
    assert_eq!(code, 1);
    let json: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&json["worse"], &json["counts"]["broken"]), (&true.into(), &1.into()));
}

#[test]
fn what_cannot_be_compared_is_reported() {
    let folder = Folder::new();
    folder.run(&["--json", "now.jsonl"]);
    folder.change("now.jsonl", "other.jsonl", |run| {
        run.trials.iter_mut().filter(|it| it.id.case == "second-waits").for_each(|it| it.hash = "77aa".to_owned());
        let facts = run.facts.as_mut().expect("facts");
        facts.strategy = Some("amd-vnmi".to_owned());
        facts.host.iter_mut().filter(|fact| fact.name == "kernel").for_each(|fact| fact.value = "1.0".to_owned());
        run.summary = None;
    });
    let (code, out, err) = folder.nmi(&["diff", "other.jsonl", "now.jsonl"]);
    assert_eq!(code, 1, "one of them fails, and nothing excuses it");
    assert_eq!(err, "note: other.jsonl: cut off after 10 of 10 trials\n");
    for words in ["strategy  amd-vnmi -> not said", "kernel    1.0 -> ", "Case changed, not compared: 2 trials"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let text = fs::read_to_string(folder.path("now.jsonl")).expect("written");
    fs::write(folder.path("bad.jsonl"), text.replacen("\"event\":\"trial-started\"", "\"event\":trial", 1))
        .expect("written");
    for (file, words) in [
        ("bad.jsonl", "error: bad.jsonl: line 2, column 12: not an event of a saved run (expected ident)"),
        ("none.jsonl", "error: none.jsonl: cannot open: No such file or directory"),
        (".", "error: .: it is a folder, not an ordinary file; give a file"),
    ] {
        for arguments in [&["diff", "now.jsonl", file][..], &["merge", file, "--json", "out.jsonl"]] {
            let (code, _, err) = folder.nmi(arguments);
            assert_eq!(code, 2, "{arguments:?}");
            assert!(err.contains(words), "{err}");
        }
    }
}

#[test]
fn shards_are_joined_to_their_run() {
    let folder = Folder::new();
    folder.run(&["--json", "whole.jsonl"]);
    for shard in ["1", "2", "3"] {
        folder.run(&["--json", &format!("{shard}.jsonl"), "--shard", &format!("{shard}/3")]);
    }
    let (code, out, err) = folder.nmi(&["merge", "1.jsonl", "2.jsonl", "3.jsonl", "--json", "joined.jsonl"]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "joined.jsonl: 10 trials of 3 runs\n", ""));
    let two = ["merge", "1.jsonl", "3.jsonl", "--json", "two.jsonl"];
    let told = "two.jsonl: 7 trials of 2 runs; missing: 3 trials of shard 2/3 of 10 trials\n";
    assert_eq!(folder.nmi(&two), (1, told.to_owned(), String::new()));
    assert_eq!(folder.nmi(&[&two[..], &["--allow-missing"]].concat()), (0, told.to_owned(), String::new()));
    assert_eq!(folder.read("two.jsonl").part().as_deref(), Some("shard 1/3, 3/3 of 10 trials"));
    let order = |name| folder.read(name).trials.into_iter().map(|trial| trial.id).collect::<Vec<_>>();
    assert_eq!(order("joined.jsonl"), order("whole.jsonl"));
    assert_eq!(folder.nmi(&["diff", "whole.jsonl", "joined.jsonl"]).0, 0);
    let (_, out, _) = folder.nmi(&["merge", "1.jsonl", "2.jsonl", "3.jsonl", "--json", "-"]);
    assert_eq!(out, fs::read_to_string(folder.path("joined.jsonl")).expect("written"));

    let refused = |other: &str, words: &str| {
        let (code, _, err) = folder.nmi(&["merge", "1.jsonl", other, "--json", "refused.jsonl"]);
        assert_eq!(code, 2);
        assert!(err.contains(words), "{err}");
        assert!(!folder.path("refused.jsonl").exists());
    };
    refused("1.jsonl", "is in 1.jsonl and in 1.jsonl");
    folder.change("2.jsonl", "rewritten.jsonl", |run| {
        run.trials.iter_mut().for_each(|it| it.hash = "77aa".to_owned());
    });
    folder.change("1.jsonl", "1.jsonl", |run| run.trials[0].id.case = "another".to_owned());
    folder.change("2.jsonl", "strategy.jsonl", |run| {
        run.facts.as_mut().expect("facts").strategy = Some("amd-vnmi".to_owned());
    });
    refused("rewritten.jsonl", "has other contents in ");
    refused(
        "strategy.jsonl",
        "strategy is `` in 1.jsonl, `amd-vnmi` in strategy.jsonl; only parts of one run on one host",
    );
    fs::create_dir(folder.path("taken")).expect("created");
    let (code, _, err) = folder.nmi(&["merge", "3.jsonl", "--json", "taken"]);
    assert_eq!((code, err.as_str()), (2, "error: cannot write taken: it is a folder; name a file\n"));
}

#[test]
fn a_run_fails_only_for_what_its_baseline_does_not_have() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["--json", "base.jsonl"]).0, 1);
    let (code, out, _) = folder.run(&["--baseline", "base.jsonl"]);
    assert_eq!(code, 0, "{out}");
    let against = &out[out.find("Against base.jsonl").expect("a section")..];
    insta::assert_snapshot!("baseline-same", format!("{}{against}", section(&out, "Known deviations")));
    folder.set("base.jsonl", "better.jsonl", DEAF, Outcome::Pass);
    let (code, out, _) = folder.run(&["--baseline", "better.jsonl"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("baseline-broken", &out[out.find("Against better.jsonl").expect("a section")..]);
    folder.change("base.jsonl", "older.jsonl", |run| run.trials.retain(|trial| trial.id.to_string() != DEAF));
    assert_eq!(folder.run(&["--baseline", "older.jsonl"]).0, 1, "a failing trial that is new");
    folder.change("base.jsonl", "rewritten.jsonl", |run| {
        run.trials.iter_mut().for_each(|trial| trial.hash = "77aa".to_owned());
    });
    let (code, out, _) = folder.run(&["--baseline", "rewritten.jsonl"]);
    assert_eq!(code, 1, "nothing is known of these contents");
    assert!(out.contains("Case changed, not compared: 10 trials"), "{out}");
}

#[test]
fn only_trials_that_ran_are_compared_with_the_baseline() {
    let folder = Folder::new();
    folder.run(&["--json", "base.jsonl"]);
    for (part, count) in [(&["--shard", "1/3"][..], 4), (&["second-waits"], 2)] {
        let (code, out, _) = folder.run(&[part, &["--baseline", "base.jsonl"]].concat());
        assert_eq!(code, 1, "a part says less than the whole: {out}");
        assert!(out.contains(&format!("missing: {} trials of base.jsonl, not in this run", 10 - count)), "{out}");
        let (code, out, _) = folder.run(&[part, &["--baseline", "base.jsonl", "--allow-missing"]].concat());
        assert_eq!(code, 0, "{out}");
        assert!(out.contains(&format!("A  base.jsonl: {count} trials\n")), "{out}");
        assert!(out.contains(&format!("\n{count} unchanged\n")), "{out}");
    }
}

/// A job whose run was killed, and which then compares it with an earlier run.
#[test]
fn an_interrupted_run_does_not_pass_against_a_baseline() {
    let folder = Folder::new();
    folder.run(&["--json", "base.jsonl", "--jobs", "1"]);
    let whole = fs::read_to_string(folder.path("base.jsonl")).expect("written");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    // In its third trial; and between two trials, by Ctrl-C.
    fs::write(folder.path("killed.jsonl"), lines[..6].concat()).expect("written");
    let killed = folder.read("killed.jsonl");
    let summary = reports::Summary::of(&killed.trials, true, 9);
    let stopped = SavedRun { unfinished: Vec::new(), summary: Some(summary), ..killed.clone() };
    write_run(&stopped, fs::File::create(folder.path("stopped.jsonl")).expect("created")).expect("written");
    let died = killed.unfinished[0].to_string();
    for (file, gone, words) in [
        ("killed.jsonl", 7, format!("B is incomplete: cut off in {died}, after 2 of 10 trials")),
        ("stopped.jsonl", 8, "B is incomplete: interrupted after 2 of 10 trials".to_owned()),
    ] {
        let (code, out, _) = folder.nmi(&["diff", "base.jsonl", file]);
        assert_eq!(code, 1, "{out}");
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            flat.contains(&format!("missing: {words}")) && flat.contains(&format!("{gone} trials of A, not in B")),
            "{out}"
        );
        for command in [&["report", file][..], &["report", file, "--ktap"], &["merge", file, "--json", "one.jsonl"]] {
            assert_eq!(folder.nmi(command).0, 1, "{command:?}");
            assert_eq!(folder.nmi(&[command, &["--allow-missing"]].concat()).0, 0, "{command:?}");
        }
        let (code, out, _) = folder.run(&["--baseline", file]);
        assert_eq!(code, 1, "an incomplete baseline excuses nothing: {out}");
        assert!(out.contains(&format!("missing: {file} is incomplete: ")), "{out}");
    }
    let stopped = ["diff", "base.jsonl", "stopped.jsonl", "--allow-missing"];
    let (code, out, _) = folder.nmi(&stopped);
    assert!(code == 0 && out.contains("what is missing is allowed"), "{out}");
    let (_, json, _) = folder.nmi(&[&stopped[..3], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["worse"], json["missing"].as_array().map(Vec::len)), (&true.into(), Some(2)));

    // With its continuation it is complete, unless the trial in which it died is left out.
    folder.run(&["--json", "rest.jsonl", "--after", &killed.trials[1].id.to_string()]);
    let (code, out, _) = folder.nmi(&["merge", "stopped.jsonl", "rest.jsonl", "--json", "joined.jsonl"]);
    assert_eq!((code, out.as_str()), (0, "joined.jsonl: 10 trials of 2 runs\n"));
    assert_eq!(folder.nmi(&["diff", "base.jsonl", "joined.jsonl"]).0, 0);
    folder.run(&["--json", "behind.jsonl", "--after", &died]);
    let (code, out, _) = folder.nmi(&["merge", "killed.jsonl", "behind.jsonl", "--json", "joined.jsonl"]);
    assert_eq!(code, 1);
    assert!(out.contains(&format!("9 trials of 2 runs; cut off in {died}, after 9 of 10 trials")), "{out}");
}

#[test]
fn a_file_of_an_older_version_is_read_with_a_notice() {
    let folder = Folder::new();
    folder.run(&["--json", "now.jsonl"]);
    folder.change("now.jsonl", "older.jsonl", |run| run.facts.as_mut().expect("facts").scope = None);
    assert_eq!(folder.nmi(&["diff", "older.jsonl", "now.jsonl"]).0, 0);
    assert_eq!(folder.nmi(&["diff", "now.jsonl", "older.jsonl"]).0, 0, "all its trials are there");
    let (code, out, _) = folder.nmi(&["merge", "older.jsonl", "--json", "joined.jsonl"]);
    assert_eq!(code, 1);
    assert!(
        out.contains(concat!("; older.jsonl (version ", env!("CARGO_PKG_VERSION")))
            && out.contains(" does not say which part of a run it is"),
        "{out}"
    );
}

#[test]
fn other_formats_show_what_the_baseline_excuses_and_saved_runs_the_bare_facts() {
    let folder = Folder::new();
    folder.run(&["--json", "base.jsonl"]);
    let more = ["second-waits", "--baseline", "base.jsonl", "--ktap", "--junit", "now.xml", "--json", "now.jsonl"];
    let more = [&more[..], &["--allow-missing"]].concat();
    let (code, out, err) = folder.run(&more);
    assert_eq!(code, 0);
    assert!(out.contains(&format!("ok 1 {DEAF} # XFAIL mismatch: ")), "{out}");
    assert!(out.contains(&format!("ok 2 {SOUND}\n")), "{out}");
    assert!(err.contains("\nAgainst base.jsonl\n"), "{err}");
    let xml = fs::read_to_string(folder.path("now.xml")).expect("written");
    assert!(xml.contains("(failed in the same way in base.jsonl)") && xml.contains("failures=\"0\""), "{xml}");
    let run = folder.read("now.jsonl");
    assert!(run.trials.iter().any(|trial| matches!(trial.outcome, Outcome::Mismatch(_))));
}

#[test]
fn an_invalid_baseline_is_refused_before_anything_runs() {
    let folder = Folder::new();
    folder.run(&["--json", "base.jsonl"]);
    folder.nmi(&["run", "--machine", "model:intel", "delivery/", "--json", "intel.jsonl"]);
    fs::write(folder.path("empty.jsonl"), "").expect("written");
    for (arguments, words) in [
        (&["--baseline", "none.jsonl"][..], "none.jsonl: cannot open"),
        (&["--baseline", "empty.jsonl"], "empty.jsonl: the run was cut off before it started"),
        (&["--baseline", "intel.jsonl"], "a run on model:intel is no baseline for this one"),
        (&["--baseline", "base.jsonl", "--json", "./base.jsonl"], "would write over the baseline"),
    ] {
        let (code, out, err) = folder.run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(words), "{err}");
    }
    assert!(folder.read("base.jsonl").summary.is_some());
}
