//! The output shown in the pages of this repository is what the program prints.
//!
//! `ci/commands/tests/pages.rs` checks that both programs accept the commands of the pages.

mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Output};

use pages::{Command, arguments, pages};
use regex::Regex;
use reports::code::MEANINGS;
use snapbox::{Assert, IntoData};

/// The starts of commands with output that are not run here, and why.
const ELSEWHERE: [(&str, &str); 7] = [
    ("cargo run --release -- run", "ci/check runs it word for word, and `the_first_command` below compares"),
    ("cargo run --release -p lab -- run", "boots machines for minutes"),
    ("lab run", "boots machines for minutes"),
    ("./every-strategy", "reloads modules; the test every_strategy plays it in an emulated machine"),
    ("nmi diff amd-event-injection", "its saved runs come from the lab"),
    ("nmi hunt --for 150s", "takes 150 s on KVM"),
    ("lab reproduce", "boots machines for minutes"),
];

/// The starts of commands without output that are run here with further arguments, which limit what they do. Other commands without
/// output are only parsed.
const PARTS: [(&str, &[&str]); 2] = [
    ("nmi run --json run.jsonl", &["--machine", "model:amd", "long::ioctl::blocking/"]),
    ("nmi report run.jsonl --html", &[]),
];

fn begins<'a, T>(list: &'a [(&str, T)], line: &str) -> Option<&'a T> {
    list.iter().find(|(start, _)| line.starts_with(start)).map(|(_, what)| what)
}

fn nmi(folder: &Path, arguments: &[String]) -> Output {
    let mut nmi = process::Command::new(env!("CARGO_BIN_EXE_nmi"));
    nmi.args(arguments).current_dir(folder).env("NO_COLOR", "1").output().expect("it starts")
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("readme").join(name.replace([':', '/'], "-"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The difference between the shown and the printed output, where `...` stands for any lines.
fn difference(shown: &str, printed: &str) -> Option<String> {
    let done = Assert::new().try_eq(None, printed.into_data(), shown.into_data());
    done.err().map(|error| error.to_string())
}

#[test]
fn what_is_shown_is_what_is_printed() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for block in pages().iter().flat_map(|page| page.blocks()) {
        let Some(first) = block.first() else { continue };
        let folder = folder(&first.at);
        for Command { at, line, output: shown } in &block {
            let more: &[&str] = match begins(&PARTS, line) {
                Some(more) => more,
                None if shown.is_empty() || begins(&ELSEWHERE, line).is_some() => continue,
                None => &[],
            };
            let words = arguments(line).unwrap_or_default();
            let Some((_, arguments)) = words.split_first() else {
                wrong.push(format!("{at}: nothing here runs `{line}`, and it is not said why"));
                continue;
            };
            let more = more.iter().map(|word| (*word).to_owned());
            let output = nmi(&folder, &arguments.iter().cloned().chain(more).collect::<Vec<_>>());
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            // A command whose shown output has a failure must end with 1.
            let wanted = i32::from(shown.lines().any(|line| line.starts_with("FAIL ")));
            if output.status.code() != Some(wanted) {
                wrong.push(format!("{at}: `{line}` ended with {}, not {wanted}\n{out}{err}", output.status));
            } else if !shown.is_empty() {
                compared += 1;
                wrong.extend(
                    difference(shown, &out).map(|words| format!("{at}: `{line}` prints something else\n{words}")),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 2, "only {compared} outputs were compared");
}

#[test]
fn the_lists_name_existing_commands() {
    let commands: Vec<Command> = pages().iter().flat_map(|page| page.blocks()).flatten().collect();
    let starts = ELSEWHERE.iter().map(|(start, _)| start).chain(PARTS.iter().map(|(start, _)| start));
    for start in starts {
        assert!(commands.iter().any(|it| it.line.starts_with(start)), "no page has `{start}` any more");
    }
}

/// The output of the README's first command without the host's numbers, column and facts.
fn of_any_host(text: &str) -> String {
    let pattern = |pattern: &str| Regex::new(pattern).expect("a pattern");
    // A fact: its name.
    let fact = pattern(r"^  (vendor|processor|kernel|module|strategy) .*");
    // A rule with its columns: the first is kvm.
    let rule = pattern(r"^  ([a-z]+\.[a-z0-9-]+|rule) +(.+?)  +(.+?)  +(.+)$");
    let (strategy, number) = (pattern("; strategy .*"), pattern(r"[0-9]+(\.[0-9]+)*"));
    let commit = pattern(r" \([0-9a-f]{7,40}(-dirty)?\):");
    let line = |line: &str| {
        let line = fact.replace(line, "  $1");
        let line = rule.replace(&line, "  $1 ON-KVM $3 $4");
        let line = commit.replace(&line, ":");
        number.replace_all(&strategy.replace(&line, ""), "N").trim_end().to_owned()
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn first_command() -> Command {
    let block =
        pages().iter().flat_map(|page| page.blocks()).flatten().find(|it| it.line == "cargo run --release -- run");
    block.expect("the README has its first command")
}

/// `ci/check` runs the README's first command and hands over what it printed.
#[test]
#[ignore = "compares a file that NMI_README_RUN names"]
fn the_first_command() {
    let file =
        std::env::var_os("NMI_README_RUN").expect("NMI_README_RUN names what the README's first command printed");
    let printed = fs::read_to_string(file).expect("a text");
    let shown = first_command().output;
    if let Some(words) = difference(&of_any_host(&shown), &of_any_host(&printed)) {
        panic!("the README shows something else:\n{words}");
    }
}

#[test]
fn the_first_output_is_compared_without_details_of_the_host() {
    let shown = first_command().output;
    let elsewhere = shown
        .replace("53 known of 94", "94 pass")
        .replace("other:kvm_pvm", "amd-vnmi")
        .replace("AMD EPYC", "Intel(R) Xeon(R)")
        .replace("9762", "5046")
        .replace("285c081", "0fd45b1-dirty");
    assert_ne!(shown, elsewhere);
    assert_eq!(difference(&of_any_host(&shown), &of_any_host(&elsewhere)), None);
    for (word, other) in
        [("94 pass          94", "94 FAIL          94"), ("block.until-iret", "block.until-rfi"), (" failed", " bad")]
    {
        let drifted = shown.replace(word, other);
        assert_ne!(shown, drifted, "{word}");
        assert!(difference(&of_any_host(&shown), &of_any_host(&drifted)).is_some(), "{word}");
    }
}

#[test]
fn the_table_of_exit_codes_is_the_same_everywhere() {
    let pages = pages();
    let readme = pages.iter().find(|page| page.name == "README.md").expect("the README");
    let rows = readme.text.lines().skip_while(|line| *line != "| exit code | meaning |").skip(2);
    let shown: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    let wanted: Vec<String> = MEANINGS.iter().map(|(code, meaning)| format!("| {code} | {meaning} |")).collect();
    assert_eq!(shown, wanted);
    let said = |word: &str| {
        let output = nmi(Path::new("."), &[word.to_owned()]);
        String::from_utf8(output.stdout).expect("text")
    };
    let (help, page) = (said("--help"), said("man"));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (code, meaning) in MEANINGS {
        assert!(help.contains(&format!("{code} {meaning}")), "{code}: {help}");
        assert!(page.contains(&format!(".TP\n{code}\n{meaning}\n")), "{code}: {page}");
    }
}
