//! Shells accept the completions, `man` accepts the page, and both have every command and flag.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn nmi(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The output of a program for this input.
fn asked(program: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it is read");
    child.wait_with_output().expect("it ends")
}

fn names() -> Vec<String> {
    let command = runner::cli::command();
    command.get_subcommands().map(|it| it.get_name().to_owned()).collect()
}

/// Checks that the completions name every command, and that the shell, which only parses them, reports no error.
fn accepts(shell: &str, arguments: &[&str], script: &str, input: &str) {
    for name in names() {
        assert!(script.contains(&name), "{shell}: {name} is not completed");
    }
    let said = asked(shell, arguments, input);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && errors.is_empty(), "{shell}: {errors}");
}

#[test]
#[cfg_attr(without_bash, ignore = "bash was not installed when this was built")]
fn bash_accepts_its_completions() {
    let script = nmi(&["completions", "bash"]);
    accepts("bash", &["-n"], &script, &script);
}

#[test]
#[cfg_attr(without_zsh, ignore = "zsh was not installed when this was built")]
fn zsh_accepts_its_completions() {
    let script = nmi(&["completions", "zsh"]);
    accepts("zsh", &["-n"], &script, &script);
}

#[test]
#[cfg_attr(without_fish, ignore = "fish was not installed when this was built")]
fn fish_accepts_its_completions() {
    let script = nmi(&["completions", "fish"]);
    // It reads commands from a file only.
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("nmi.fish");
    fs::write(&file, &script).expect("written");
    accepts("fish", &["--no-execute", file.to_str().expect("text")], &script, "");
}

#[test]
#[cfg_attr(without_bash, ignore = "bash was not installed when this was built")]
fn bash_completes_commands_flags_and_values() {
    let script = nmi(&["completions", "bash"]);
    for (typed, wanted) in [
        (&["nmi", "hu"][..], "hunt"),
        (&["nmi", "run", "--last-f"][..], "--last-failed"),
        (&["nmi", "diff", "--format", "mark"][..], "markdown"),
        (&["nmi", "completions", "zs"][..], "zsh"),
    ] {
        let (last, before) = typed.split_last().expect("words");
        let previous = before.last().expect("a word");
        let line = format!(
            "{script}\nCOMP_WORDS=({}); COMP_CWORD={}; _nmi nmi '{last}' '{previous}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
            typed.join(" "),
            before.len(),
        );
        let said = asked("bash", &["--norc", "--noprofile"], &line);
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), wanted, "{typed:?}");
    }
}

#[test]
#[cfg_attr(without_groff, ignore = "groff was not installed when this was built")]
fn the_manual_page_renders_without_a_warning() {
    let page = nmi(&["man"]);
    let said = asked("groff", &["-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u"], &page);
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8_lossy(&said.stdout);
    for part in ["NAME", "SYNOPSIS", "EXIT STATUS"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn the_manual_page_describes_every_command_and_flag() {
    let page = nmi(&["man"]).replace("\\-", "-");
    for command in runner::cli::command().get_subcommands() {
        let title = format!(".SH \"nmi {}\"", command.get_name());
        let part = page.split(&title).nth(1).unwrap_or_else(|| panic!("no {title} in {page}"));
        let part = part.split("\n.SH ").next().unwrap_or_default();
        for flag in command.get_arguments().filter_map(|it| it.get_long()) {
            assert!(part.contains(&format!("--{flag}")), "{title}: no --{flag} in {part}");
        }
    }
}
