//! What shells and `man` are given is what they understand, and tells of every command and flag.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn nmi(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What a program says of this input; None, with a note, where it is not installed.
fn asked(program: &str, arguments: &[&str], input: &str) -> Option<Output> {
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        println!("not run here: {program} is not installed");
        return None;
    };
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it is read");
    Some(child.wait_with_output().expect("it ends"))
}

fn names() -> Vec<String> {
    let command = runner::cli::command();
    command.get_subcommands().map(|it| it.get_name().to_owned()).collect()
}

#[test]
fn each_shell_accepts_its_completions() {
    // fish reads commands from a file only.
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("nmi.fish");
    fs::write(&file, nmi(&["completions", "fish"])).expect("written");
    for (shell, arguments) in
        [("bash", &["-n"][..]), ("zsh", &["-n"][..]), ("fish", &["--no-execute", file.to_str().expect("text")][..])]
    {
        let script = nmi(&["completions", shell]);
        for name in names() {
            assert!(script.contains(&name), "{shell}: {name} is not completed");
        }
        let input = if shell == "fish" { "" } else { script.as_str() };
        if let Some(said) = asked(shell, arguments, input) {
            let errors = String::from_utf8_lossy(&said.stderr);
            assert!(said.status.success() && errors.is_empty(), "{shell}: {errors}");
        }
    }
}

#[test]
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
        let Some(said) = asked("bash", &["--norc", "--noprofile"], &line) else { return };
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), wanted, "{typed:?}");
    }
}

#[test]
fn the_manual_page_renders_without_a_warning() {
    let page = nmi(&["man"]);
    let Some(said) = asked("groff", &["-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u"], &page) else { return };
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8_lossy(&said.stdout);
    for part in ["NAME", "SYNOPSIS", "EXIT STATUS"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn the_manual_page_tells_of_every_command_and_flag() {
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
