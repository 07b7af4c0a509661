//! Flags of `nmi run` that choose trials, repeat them, stop the run, and choose what is shown.

use std::fs;
use std::process::Command;

use reports::{Kind, SavedRun, read_run};
use tempfile::TempDir;

/// A folder of its own for each test, which is also the user's state folder.
struct Folder(TempDir);

/// What a command did.
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn nmi(&self, arguments: &[&str]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
        command.current_dir(&self.0).env("XDG_STATE_HOME", self.0.path().join("state")).args(arguments);
        let output = command.output().expect("the command starts");
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
        Done { code: output.status.code().expect("no signal"), out, err }
    }

    /// Runs the samples.
    fn run(&self, more: &[&str]) -> Done {
        let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
        self.nmi(&[&["run", "--cases", cases], more].concat())
    }

    /// The names that a run would take.
    fn list(&self, more: &[&str]) -> Vec<String> {
        let done = self.run(&[more, &["--list"]].concat());
        assert_eq!(done.code, 0, "{more:?}: {}", done.err);
        done.out.lines().map(str::to_owned).collect()
    }

    fn read(&self, name: &str) -> SavedRun {
        read_run(&fs::read(self.0.path().join(name)).expect("written")[..]).expect("a saved run")
    }
}

const SOUND: &str = "model:amd::long::ioctl::second-waits";
const DEAF: &str = "faulty:deaf::long::ioctl::second-waits";

#[test]
fn words_with_an_exclamation_mark_exclude() {
    let folder = Folder::new();
    let model = ["--machine", "model"];
    let list = |words: &[&str]| folder.list(&[&model[..], words].concat());
    let all = list(&[]);
    let but: Vec<String> = all.iter().filter(|name| !name.contains("model:intel")).cloned().collect();
    assert_eq!(list(&["!model:intel"]), but);
    assert_eq!(list(&["second-waits", "!model:intel::*"]), [SOUND]);
    assert_eq!(list(&["--exact", SOUND, DEAF.replace("faulty:deaf", "!model:amd").as_str(), &all[0]]), [&all[0][..]]);
    let told = |words: &[&str]| {
        let done = folder.run(&[&model[..], words].concat());
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{words:?}");
        format!("{}\n{}", words.join(" "), done.err)
    };
    let words = [
        &["second-wiats"][..],
        &["!second-wiats"],
        &["second-waits", "!needs-more"],
        &["second-waits", "!model:*"],
        &["--exact", "model:amd::long::ioctl::second-wait"],
        &["--exact", DEAF],
        &["!"],
        &["!["],
    ];
    insta::assert_snapshot!(words.map(told).concat());
}

#[test]
fn list_takes_the_same_words() {
    let folder = Folder::new();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let list = |words: &[&str]| folder.nmi(&[&["list", "--cases", cases], words].concat());
    let ids = |words: &[&str]| {
        let out = list(words).out;
        out.lines().filter(|line| !line.starts_with(' ')).filter(|line| !line.is_empty()).count() - 1
    };
    assert_eq!([ids(&[]), ids(&["known-*"]), ids(&["known", "!*-symptom"]), ids(&["!known"])], [5, 2, 1, 3]);
    let wrong = list(&["kown-as-it-is"]);
    assert_eq!(
        (wrong.code, wrong.err.as_str()),
        (2, "error: no case fits `kown-as-it-is`; did you mean `known-as-it-is`? `nmi list` shows all\n")
    );
}

#[test]
fn a_hunt_takes_the_same_words() {
    let folder = Folder::new();
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let calm =
        ["--for", "1h", "--rounds", "1", "--burn", "0", "--guests", "0", "--jitter", "0", "--machine", "model:amd"];
    let hunt = |journal: &str, words: &[&str]| {
        folder.nmi(&[&["hunt", "--cases", cases, "--journal", journal], &calm[..], words].concat())
    };
    let some = hunt("some", &["!needs-more", "!fixed*"]);
    assert!(some.out.contains("hunting 3 trials"), "{}{}", some.out, some.err);
    let idle = hunt("idle", &["second-waits", "!needs-more"]);
    assert_eq!((idle.code, idle.err.starts_with("error: `!needs-more` excludes nothing")), (2, true), "{}", idle.err);
    assert!(!folder.0.path().join("idle").exists(), "nothing is begun");
}

#[test]
fn what_failed_runs_again_until_it_passes() {
    let folder = Folder::new();
    let first = folder.run(&["--machine", "faulty:deaf", "--machine", "model:amd", "--json", "run.jsonl"]);
    assert_eq!(first.code, 1);
    let mut failed: Vec<String> = (folder.read("run.jsonl").trials.iter())
        .filter(|trial| trial.outcome.kind().is_failure())
        .map(|trial| trial.id.to_string())
        .collect();
    assert!((2..10).contains(&failed.len()), "{failed:?}");
    failed.sort();
    // Their machines come with them.
    let listed = |memory: &str| {
        let mut names = folder.list(&[memory]);
        names.sort();
        names
    };
    assert_eq!(listed("--last-failed"), failed);
    assert_eq!(listed("--last-failed=run.jsonl"), failed);
    let deaf: Vec<String> = failed.iter().filter(|name| name.starts_with("faulty:")).cloned().collect();
    assert_eq!(folder.list(&["--last-failed", "--machine", "faulty:deaf"]), deaf);
    assert_eq!(folder.list(&["--last-failed", "faulty:deaf", "!second-waits"]).len(), deaf.len() - 1);
    let shards = ["1/2", "2/2"].map(|shard| folder.list(&["--last-failed", "--shard", shard]));
    assert_eq!(shards.iter().map(Vec::len).sum::<usize>(), failed.len());
    assert_eq!(folder.list(&["--last-failed", "faulty:deaf", "--after", &deaf[0]]), deaf[1..]);
    // What is not run again stays; a run that only lists shows nothing.
    folder.run(&["--machine", "model:amd", "second-waits"]);
    assert_eq!(listed("--last-failed"), failed);
    // For other cases another memory of failures is kept.
    let other = folder.nmi(&["run", "--machine", "model:amd", "--list", "--last-failed"]);
    assert!(other.err.starts_with("note: none of the chosen trials failed when they last ran: "), "{}", other.err);
    assert!(other.out.lines().count() > 100, "all of them run");
}

#[test]
fn without_a_failure_among_the_chosen_all_of_them_run() {
    let folder = Folder::new();
    let none = folder.run(&["--machine", "model:amd", "--last-failed", "--list"]);
    assert_eq!(none.out.lines().count(), 5);
    folder.run(&["--machine", "faulty:deaf", "second-waits", "--json", "run.jsonl"]);
    for memory in ["--last-failed", "--last-failed=run.jsonl"] {
        let others = folder.run(&["--machine", "model:amd", memory, "--list"]);
        assert_eq!((others.code, others.out.lines().count()), (0, 5));
        assert!(others.err.starts_with("note: the trial that failed "), "{}", others.err);
        let by_filter = folder.run(&["model:amd", memory, "--list"]);
        assert_eq!((by_filter.code, by_filter.out.lines().count()), (0, 5), "{}", by_filter.err);
    }
    let bad = folder.run(&["--last-failed=none.jsonl"]);
    assert_eq!((bad.code, bad.err.starts_with("error: none.jsonl: cannot open")), (2, true));
}

#[test]
fn a_state_folder_that_cannot_be_written_is_no_trouble() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("state"), "no folder").expect("written");
    let done = folder.run(&["--machine", "model:amd", "second-waits"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
}

#[test]
fn a_run_stops_at_the_first_failure_and_is_incomplete() {
    let folder = Folder::new();
    // One at a time: otherwise trials that were started beside the failing one end, too.
    let alone = ["--jobs", "1", "second-waits", "needs-more"];
    let machines = [&["--machine", "model:amd", "--machine", "faulty:deaf"][..], &alone].concat();
    let whole = folder.run(&[&machines[..], &["--json", "whole.jsonl", "--fail-fast", "!faulty:deaf"]].concat());
    assert_eq!(whole.code, 0, "{}", whole.out);
    assert!(!whole.out.contains("stopped"), "{}", whole.out);
    let stopped = folder.run(&[&machines[..], &["--json", "stopped.jsonl", "--fail-fast"]].concat());
    assert_eq!(stopped.code, 1);
    let first = "faulty:deaf::long::ioctl::needs-more";
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = format!("stopped, because {first} failed: 3 of 4 trials ended, the others were not run");
    assert!(words(&stopped.out).contains(&why), "{}", stopped.out);
    let run = folder.read("stopped.jsonl");
    assert_eq!((run.trials.len(), run.facts.as_ref().map(|facts| facts.trials)), (3, Some(4)));
    assert_eq!(run.shortfall(), Some(format!("stopped after 3 of 4 trials, because {first} failed")));
    let again = folder.nmi(&["report", "stopped.jsonl"]);
    assert!(words(&again.out).contains(&why), "{}", again.out);
    // What the baseline excuses does not stop it.
    folder.run(&[&machines[..], &["--json", "base.jsonl"]].concat());
    let excused = folder.run(&[&machines[..], &["--fail-fast", "--baseline", "base.jsonl"]].concat());
    assert_eq!(excused.code, 0, "{}", excused.out);
    assert_eq!(folder.list(&[&["--last-failed"], &machines[..]].concat()).len(), 4, "nor is it remembered as failed");
}

#[test]
fn a_failure_of_the_last_trial_stops_nothing() {
    let folder = Folder::new();
    let run = folder.run(&["--machine", "faulty:deaf", "second-waits", "--fail-fast", "--json", "run.jsonl"]);
    assert_eq!((run.code, run.out.contains("stopped")), (1, false), "{}", run.out);
    assert_eq!(folder.read("run.jsonl").shortfall(), None);
}

#[test]
fn repeated_trials_count_once_and_say_how_they_ended() {
    let folder = Folder::new();
    // One run in some ninety raises no NMI, and each trial has six runs.
    let rare = ["--machine", "faulty:rare", "--machine", "model:amd", "second-waits", "--repeat", "40"];
    let done = folder.run(&[&rare[..], &["--json", "run.jsonl"]].concat());
    assert_eq!(done.code, 1);
    let run = folder.read("run.jsonl");
    let [rare, sound] = &run.trials[..] else { panic!("{} trials", run.trials.len()) };
    assert!(rare.outcome.kind().is_failure());
    let (passed, total) = (rare.repeats["pass"], rare.times());
    assert!(total == 40 && passed > 20 && passed < 40, "{:?}", rare.repeats);
    assert_eq!((sound.outcome.kind(), sound.repeats.get("pass")), (Kind::Pass, Some(&40)));
    assert!(done.out.contains(&format!("\n  repeated: {passed} of 40 pass, ")), "{}", done.out);
    assert!(
        done.out.contains("\neach trial ran up to 40 times, 1 trial not in the same way each time\n"),
        "{}",
        done.out
    );
    let summary = run.summary.expect("it ended");
    assert_eq!((summary.failed(), summary.count(Kind::Pass)), (1, 1));
}

#[test]
fn outcomes_and_times_are_shown_on_demand() {
    let folder = Folder::new();
    let run = folder.run(&["--machine", "faulty:deaf", "--json", "run.jsonl", "--outcome", "known", "--durations=1"]);
    assert_eq!(run.code, 1, "what fails is what it was");
    let full = |text: &str, word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    let known = "\n  known deviation: ";
    assert!(run.out.contains(known) && !run.out.contains("rerun: "), "{}", run.out);
    assert!(run.out.contains("\nSlowest trials: 1 of 5\n") && run.out.contains("\nSlowest cases: 1 of 5\n"));
    let report = |more: &[&str]| folder.nmi(&[&["report", "run.jsonl"], more].concat());
    assert!(report(&["--outcome", "known"]).out.contains(known));
    let failures = report(&["--outcome=fail"]).out;
    assert_eq!(full(&failures, "FAIL "), full(&report(&[]).out, "FAIL "));
    assert!(!failures.contains(known));
    assert!(report(&["--outcome", "hang,pass"]).out.starts_with("\nNo trial ended as asked for: hang, pass\n"));
    assert!(report(&["--durations"]).out.contains("\nSlowest trials: all 5\n"));
    for wrong in [&["--outcome", "hnag"][..], &["--outcome", "known", "--ktap"], &["--durations", "--html", "x"]] {
        assert_eq!(report(wrong).code, 2, "{wrong:?}");
    }
    let nowhere = folder.run(&["--json", "-", "--durations"]);
    assert_eq!((nowhere.code, nowhere.out.as_str()), (2, ""));
}

#[test]
fn for_a_value_near_to_a_known_one_that_one_is_suggested() {
    let folder = Folder::new();
    let told = |arguments: &[&str]| {
        let done = folder.nmi(arguments);
        assert_eq!(done.code, 2, "{arguments:?}");
        format!("{}\n{}\n", arguments.join(" "), done.err)
    };
    let all = [
        &["run", "--machine", "modle"][..],
        &["run", "--outcome", "knwon"],
        &["explain", "second-nmi-wait-for-iret"],
        &["explain", "x", "--mode", "lnog"],
        &["explain", "x", "--path", "iotcl"],
        &["errata", "--vendor", "adm"],
        &["run", "--repeat", "0"],
    ];
    insta::assert_snapshot!(all.map(told).concat());
}

#[test]
fn the_help_tells_what_a_user_must_know() {
    let folder = Folder::new();
    let help = folder.nmi(&["run", "--help"]).out;
    let own = ["[FILTERS]", "--last-failed", "--fail-fast", "--repeat", "--outcome", "--durations"];
    let about = |name: &&str| {
        let mut lines = help.lines().skip_while(|line| !line.trim_start().starts_with(name));
        let first = lines.next().unwrap_or_else(|| panic!("no {name} in {help}"));
        let rest: Vec<&str> =
            lines.take_while(|line| line.trim().is_empty() || line.starts_with("          ")).collect();
        // A paragraph is a line here, however wide the help is.
        let rest = rest.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n");
        let paragraphs: Vec<String> = rest.trim().split("\n\n").map(|text| text.replace('\n', " ")).collect();
        format!("{}\n    {}\n\n", first.trim(), paragraphs.join("\n    "))
    };
    insta::assert_snapshot!(own.iter().map(about).collect::<String>());
}
