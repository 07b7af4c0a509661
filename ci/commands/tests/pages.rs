//! The commands in the pages of this repository are accepted by the programs that they start.

#[path = "../../../runner/tests/pages/mod.rs"]
mod pages;
#[path = "pages/prose.rs"]
mod prose;

use std::collections::BTreeSet;
use std::fs;

use clap::Command;
use clap::error::ErrorKind;
use pages::{arguments, checkout, pages, words};
use prose::{links, quoted};

fn program(name: &str) -> Command {
    match name {
        "nmi" => runner::cli::command(),
        _ => lab::cli::command(),
    }
}

/// Clap's error for a command line.
fn refused(line: &[String]) -> Option<clap::Error> {
    program(&line[0]).try_get_matches_from(line).err().filter(|error| error.use_stderr())
}

fn first_line(error: &clap::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// A synopsis as a command line: without optional words, and with repeated words once.
fn as_typed(synopsis: &str) -> Option<Vec<String>> {
    let mut line = arguments(synopsis)?;
    line.retain(|word| !word.starts_with('['));
    Some(line.into_iter().map(|word| word.trim_end_matches("...").to_owned()).collect())
}

/// Whether any command of `nmi` or `lab`, or a script, has this flag.
fn is_flag_of_something(flag: &str, scripts: &str) -> bool {
    fn has(command: &Command, flag: &str) -> bool {
        command.get_arguments().any(|it| it.get_long().is_some_and(|long| flag == format!("--{long}")))
            || command.get_subcommands().any(|it| has(it, flag))
    }
    has(&program("nmi"), flag)
        || has(&program("lab"), flag)
        || scripts.split(|c: char| !c.is_ascii_graphic()).any(|word| word == flag)
}

/// The texts of the scripts that pages mention.
fn scripts() -> String {
    let files = ["ci/check", "ci/dist", "ci/hosts/every-strategy", "ci/recipes/check"];
    files.map(|file| fs::read_to_string(checkout().join(file)).expect("a script")).concat()
}

#[test]
fn every_command_in_a_block_is_understood() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for command in pages().iter().flat_map(|page| page.blocks()).flatten() {
        count += 1;
        let line = command.line.as_str();
        if let Some(arguments) = arguments(line) {
            wrong
                .extend(refused(&arguments).map(|error| format!("{}: {line}\n    {}", command.at, first_line(&error))));
        } else if let Some(script) = line.strip_prefix("./") {
            let name = script.split(' ').next().unwrap_or_default();
            let flags = words(script).into_iter().filter(|word| word.starts_with("--"));
            let text = fs::read_to_string(checkout().join("ci/hosts").join(name)).unwrap_or_default();
            let unknown = flags.into_iter().filter(|flag| !text.contains(&format!("{flag})")));
            wrong.extend(unknown.map(|flag| format!("{}: {name} has no {flag}", command.at)));
        } else if let Some(steps) = line.strip_prefix("ci/check ") {
            let script = fs::read_to_string(checkout().join("ci/check")).expect("a script");
            let unknown = words(steps).into_iter().filter(|step| !script.contains(&format!("do_{step}() {{")));
            wrong.extend(unknown.map(|step| format!("{}: ci/check has no step {step}", command.at)));
        } else if words(line) != ["cargo", "test", "--workspace"] && !line.starts_with("sudo apt-get install ") {
            wrong.push(format!("{}: nothing here checks `{line}`", command.at));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 10, "only {count} commands were found");
}

#[test]
fn every_command_and_flag_in_code_quotes_is_understood() {
    let (mut wrong, mut count, scripts) = (Vec::new(), 0, scripts());
    for quoted in pages().iter().flat_map(quoted) {
        let (at, text) = (&quoted.at, quoted.words.trim());
        let row = quoted.row.as_deref().and_then(as_typed);
        if let Some(line) = as_typed(text) {
            count += 1;
            let error = refused(&line);
            // The first cell of a row is a whole command line; elsewhere the name of a command or of its flag will do.
            let whole = quoted.row.as_deref() == Some(&quoted.words);
            let excused = |error: &clap::Error| match error.kind() {
                ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => true,
                ErrorKind::InvalidValue => error.to_string().contains("a value is required"),
                _ => false,
            };
            let error = error.filter(|error| whole || !excused(error));
            wrong.extend(error.map(|error| format!("{at}: `{text}`\n    {}", first_line(&error))));
        } else if text.starts_with("--") {
            count += 1;
            let error = row.and_then(|row| refused(&[row, words(text)].concat()));
            wrong.extend(error.map(|error| format!("{at}: `{text}`\n    {}", first_line(&error))));
            let flag = text.split([' ', '=']).next().unwrap_or_default();
            if !is_flag_of_something(flag, &scripts) && !OTHERS.contains(&flag) {
                wrong.push(format!("{at}: nothing has a flag `{flag}`"));
            }
        } else if let Some(arguments) = text.strip_prefix("cargo test ") {
            let test = words(arguments).iter().skip_while(|word| *word != "--test").nth(1).cloned().unwrap_or_default();
            let is_there = ["runner", "reports", "guests", "ci/lab"]
                .iter()
                .any(|package| checkout().join(package).join("tests").join(format!("{test}.rs")).exists());
            if !is_there {
                wrong.push(format!("{at}: there is no test `{test}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 40, "only {count} commands and flags were found");
}

/// Flags of other people's programs.
const OTHERS: [&str; 1] = ["--with-nogui"];

#[test]
fn what_must_not_pass_is_refused() {
    for synopsis in ["nmi hunt --for 8h", "nmi merge RUN...", "nmi run --no-such-flag", "lab rnu", "nmi diff A"] {
        assert!(refused(&as_typed(synopsis).expect("a synopsis")).is_some(), "{synopsis}");
    }
    assert!(refused(&as_typed("lab run [TARGET...] [FILTER...]").expect("a synopsis")).is_none());
    assert!(!is_flag_of_something("--no-such-flag", &scripts()));
}

#[test]
fn the_lab_needs_the_packages_that_the_page_names() {
    let needs = [
        lab::needs::STATIC_BUILD,
        lab::debian::NEEDS,
        lab::qemu::RECIPE.fetching,
        lab::qemu::RECIPE.building,
        lab::qemu::RECIPE.running,
        lab::bochs::RECIPE.fetching,
        lab::bochs::RECIPE.building,
        lab::bochs::RECIPE.running,
    ];
    // No Debian is without these.
    let always = ["apt", "dpkg", "tar"];
    let needed: BTreeSet<&str> = needs.into_iter().flatten().map(|(_, package)| *package).collect();
    let needed: BTreeSet<&str> = needed.into_iter().filter(|package| !always.contains(package)).collect();
    let commands: Vec<pages::Command> = pages().iter().flat_map(|page| page.blocks()).flatten().collect();
    let lines: Vec<&str> =
        commands.iter().filter_map(|command| command.line.strip_prefix("sudo apt-get install ")).collect();
    let [line] = lines.as_slice() else { panic!("not one line of packages: {lines:?}") };
    assert_eq!(line.split(' ').collect::<BTreeSet<_>>(), needed);
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let folder = checkout().join(&page.name).parent().expect("a folder").to_owned();
        for (at, link) in links(&page) {
            if !folder.join(link.split('#').next().unwrap_or_default()).exists() {
                wrong.push(format!("{at}: there is no {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
