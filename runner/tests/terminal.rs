//! Output of commands: no control characters, within the terminal's width, and colours only where wanted.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use reports::{Finding, Moment, is_acted_on, read_run, write_run};
use tempfile::TempDir;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
}

/// Exit code, and everything that was printed.
fn told(folder: &Path, set: &[(&str, &str)], arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nmi"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    let output = command.envs(set.iter().copied()).current_dir(folder).stdin(Stdio::null()).args(arguments).output();
    let output = output.expect("the command starts");
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    (output.status.code().expect("no signal"), out + &err)
}

fn harmless(text: &str, what: &dyn std::fmt::Debug) {
    let bad = text.chars().find(|&c| c != '\n' && is_acted_on(c));
    assert!(bad.is_none(), "{what:?} printed {bad:?}:\n{text:?}");
}

#[test]
fn control_characters_of_a_saved_run_are_not_printed() {
    let folder = Folder::new();
    let bad = "\x1b]0;title\x07\x1b[2J\u{9b}31m\u{202e}\r\n| `x` <b>";
    let run = ["run", "second-waits", "--cases", SAMPLES, "--machine", "faulty:deaf", "--json", "good.jsonl"];
    assert_eq!(told(folder.0.path(), &[], &run).0, 1);
    let mut run = read_run(&fs::read(folder.0.path().join("good.jsonl")).expect("written")[..]).expect("a saved run");
    let trial = run.trials.first_mut().expect("one trial");
    trial.summary.push_str(bad);
    trial.id.case.push_str(bad);
    trial.id.mode.push_str(bad);
    trial.rules.push(bad.to_owned());
    let divergence = trial.outcome.divergence_mut().expect("it failed");
    divergence.finding = Finding::sequence(Moment::mark(bad), Moment::mark(bad));
    divergence.rerun.push_str(bad);
    divergence.rules.push(bad.to_owned());
    let line = &mut divergence.excerpt.as_mut().expect("an excerpt").lines[0];
    for text in [&mut line.text, &mut line.source] {
        text.push_str(bad);
    }
    let facts = run.facts.as_mut().expect("facts");
    facts.version.push_str(bad);
    facts.rules[0].statement.push_str(bad);
    facts.host[0].value.push_str(bad);
    let mut running = run.trials[0].id.clone();
    running.case.push_str("-running");
    run.unfinished.push(running);
    let name = "bad\x1b[2J.jsonl";
    write_run(&run, fs::File::create(folder.0.path().join(name)).expect("created")).expect("written");
    for arguments in [
        &["report", name][..],
        &["report", name, "--ktap"],
        &["report", name, "--junit", "junit.xml"],
        &["report", name, "--html", "page.html"],
        &["diff", "good.jsonl", name],
        &["diff", name, "good.jsonl", "--format", "markdown"],
        &["diff", name, "good.jsonl", "--format", "json"],
        &["merge", name, "--json", "-"],
        &["report", "none\x1b[2J"],
        &["hunt", "--report", name],
        &["run", "second-waits", "--cases", SAMPLES, "--machine", "faulty:deaf", "--baseline", name],
    ] {
        let (_, text) = told(folder.0.path(), &[], arguments);
        assert!(!text.is_empty() || arguments.contains(&"--html"), "{arguments:?}");
        harmless(&text, &arguments);
    }
    for file in ["junit.xml", "page.html"] {
        let text = fs::read_to_string(folder.0.path().join(file)).expect("written");
        let text = text.replace("\r\n", "\n");
        assert!(!text.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']), "{file}");
    }
}

#[test]
fn control_characters_of_a_case_file_are_not_printed() {
    let folder = Folder::new();
    let text = fs::read_to_string(Path::new(SAMPLES).join("second-waits.yaml")).expect("a sample");
    let rules = fs::read_to_string(Path::new(SAMPLES).join("rules/samples.yaml")).expect("a sample");
    fs::create_dir(folder.0.path().join("rules")).expect("created");
    fs::write(folder.0.path().join("rules/samples.yaml"), rules).expect("written");
    let summary = "summary: \"a second \\e]0;title\\a\\e[2J NMI \\x9b31m \\u202e waits\"\n";
    let rest = text.split_once('\n').expect("lines").1;
    fs::write(folder.0.path().join("waits.yaml"), format!("{summary}{rest}")).expect("written");
    for arguments in [
        &["list", "--cases", "."][..],
        &["explain", "waits", "--cases", "."],
        &["run", "waits", "--cases", ".", "--machine", "faulty:deaf"],
        &["run", "waits", "--cases", ".", "--machine", "faulty:deaf", "--ktap"],
        &["run", "waits", "--cases", ".", "--machine", "faulty:deaf", "--json", "-"],
        &["rules", "--cases", "."],
    ] {
        let (_, text) = told(folder.0.path(), &[], arguments);
        assert!(!text.is_empty(), "{arguments:?}");
        harmless(&text, &arguments);
    }
    // A file whose lines are shown because something is wrong with them.
    fs::write(folder.0.path().join("bad\x1b[2J.yaml"), format!("sumary: x \x1b[2J \u{9b}31m \u{202e}\n{rest}"))
        .expect("written");
    let (code, text) = told(folder.0.path(), &[], &["list", "--cases", "."]);
    assert_eq!(code, 2, "{text}");
    harmless(&text, &"a broken file");
}

#[test]
fn the_rerun_line_runs_the_same_trial_again() {
    let folder = Folder::new();
    let cases = folder.0.path().join("my cases; it's");
    fs::create_dir_all(cases.join("rules")).expect("created");
    for file in ["second-waits.yaml", "rules/samples.yaml"] {
        fs::copy(Path::new(SAMPLES).join(file), cases.join(file)).expect("copied");
    }
    let flags = ["--time-limit", "0.5", "--jitter", "7:3", "--emulator", "an $emulator"];
    let run = ["run", "waits", "--cases", "my cases; it's", "--machine", "faulty:deaf", "--json", "one.jsonl"];
    let (code, text) = told(folder.0.path(), &[], &[&run[..], &flags].concat());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("  case:  my cases; it's/second-waits.yaml:23\n"), "{text}");
    let line = text.lines().find_map(|line| line.trim().strip_prefix("rerun: ")).expect("a line to paste");
    let name = line.strip_prefix("nmi ").expect("the command's name");
    let pasted = format!("'{}' {name} --json two.jsonl", env!("CARGO_BIN_EXE_nmi"));
    let shell = Command::new("sh").current_dir(&folder.0).args(["-c", &pasted]).output().expect("a shell");
    assert_eq!(shell.status.code(), Some(1), "{}", String::from_utf8_lossy(&shell.stderr));
    let read = |name: &str| {
        let run = read_run(&fs::read(folder.0.path().join(name)).expect("written")[..]).expect("a saved run");
        assert_eq!(run.trials.len(), 1, "that trial alone");
        (run.trials[0].id.clone(), run.trials[0].hash.clone(), run.trials[0].outcome.clone())
    };
    assert_eq!(read("one.jsonl"), read("two.jsonl"));
    for flag in ["--time-limit 0.5", "--jitter 7:3", "--machine faulty:deaf"] {
        assert!(line.contains(flag), "{line}");
    }
}

#[test]
fn help_fits_its_columns() {
    let commands = ["run", "diff", "merge", "list", "explain", "host", "rules", "mutants", "errata", "hunt", "report"];
    for columns in [60, 80, 100, 200] {
        for arguments in commands.iter().map(|command| vec![*command, "--help"]).chain([vec!["--help"]]) {
            let (code, text) = told(Path::new("."), &[("COLUMNS", &columns.to_string())], &arguments);
            assert_eq!(code, 0);
            let widest = text.lines().max_by_key(|line| line.chars().count()).expect("help");
            assert!(widest.chars().count() <= columns.min(100), "{columns} columns, {arguments:?}: {widest}");
        }
    }
}

#[test]
fn help_names_the_faulty_machines() {
    for command in ["run", "hunt", "explain"] {
        let (_, text) = told(Path::new("."), &[], &[command, "--help"]);
        let words: Vec<&str> = text.split_whitespace().collect();
        let machines = runner::machine::faulty::Fault::ALL.iter().map(|fault| fault.name());
        assert!(words.join(" ").contains(&machines.collect::<Vec<_>>().join(", ")), "{text}");
    }
}

#[test]
fn text_wraps_to_its_columns() {
    for columns in [60, 80] {
        let arguments = ["explain", "second-waits", "--cases", SAMPLES];
        let run = ["run", "second-waits", "--cases", SAMPLES, "--machine", "model:amd"];
        for arguments in [&arguments[..], &run] {
            let (code, text) = told(Path::new("."), &[("COLUMNS", &columns.to_string())], arguments);
            assert_eq!(code, 0, "{text}");
            // A long word, such as an instruction's bytes beside it, keeps its line.
            let prose = text.lines().filter(|line| !line.starts_with("    0"));
            let widest = prose.max_by_key(|line| line.chars().count()).expect("text");
            assert!(widest.chars().count() <= columns, "{widest}");
        }
    }
}

#[test]
fn colours_are_where_they_are_wanted() {
    let coloured = |set: &[(&str, &str)], more: &[&str]| {
        let run = ["run", "second-waits", "--cases", SAMPLES, "--machine", "model:amd"];
        told(Path::new("."), set, &[&run[..], more].concat()).1.contains('\x1b')
    };
    assert!(!coloured(&[], &[]), "this is no terminal");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color=always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    let broken = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/broken");
    let errors = |color| told(Path::new("."), &[], &["list", "--cases", broken, "--color", color]).1.contains('\x1b');
    assert!(errors("always") && !errors("never"));
}

#[test]
fn mutants_can_run_with_some_cases_only() {
    let asked = |words: &[&str]| told(Path::new("."), &[], &[&["mutants", "--cases", SAMPLES][..], words].concat());
    let (code, text) = asked(&["second-waits"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Cases\n  second-waits") && text.contains(" killed by 1 case\n"), "{text}");
    assert!(!text.contains("survives") && !text.contains("\r"), "{text:?}");
    let (_, text) = asked(&["known-*"]);
    assert!(text.contains(" killed by 2 cases\n"), "{text}");
    for (word, why) in [("no-such", "unknown case `no-such`"), ("none-*", "`none-*` names no case"), ("[a*", "`[a*`")] {
        let (code, text) = asked(&["second-waits", word]);
        assert!(code == 2 && text.contains(why), "{text}");
    }
    assert_eq!(asked(&["second-waits", "--json", "x"]).0, 2);
}
