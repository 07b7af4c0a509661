use std::io::ErrorKind;
use std::process::{Command, Stdio};

use crate::Failure;

/// Runs a program to its end and returns what it wrote to standard output. `get` says how to install it. Errors: it is
/// not installed; it fails, with the last lines it wrote.
pub(crate) fn output(command: &mut Command, get: &str) -> Result<String, Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Absent(format!("`{name}` is not installed ({get})")),
        _ => Failure::trouble(&format!("run `{name}`"), error),
    })?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&out.stderr);
    let last: Vec<&str> = words.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(Failure::Trouble(format!("`{name}` failed ({}): {}", out.status, last.join(" / "))))
}

/// Whether a command starts and succeeds; what it says is of no interest.
pub(crate) fn succeeds(words: &[&str]) -> bool {
    let [program, arguments @ ..] = words else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Whether a program of that name is on the search path.
pub(crate) fn is_installed(name: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}
