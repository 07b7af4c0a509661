//! Runs programs of this machine.

use std::io::{self, ErrorKind};
use std::process::{Command, ExitStatus, Stdio};

/// Why a program brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not installed.
    #[error("`{name}` is not installed ({get})")]
    NotInstalled {
        /// The program.
        name: String,
        /// How to install it.
        get: &'static str,
    },
    /// It cannot be started.
    #[error("failed to run `{name}`: {source}")]
    Start {
        /// The program.
        name: String,
        /// The system's error.
        source: io::Error,
    },
    /// It ended with an error.
    #[error("`{name}` failed ({status}): {words}")]
    Failed {
        /// The program.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        words: String,
    },
}

impl ProgramError {
    /// Whether the program is not installed.
    pub fn is_absent(&self) -> bool {
        matches!(self, ProgramError::NotInstalled { .. })
    }
}

/// Runs a program to its end and returns what it wrote to standard output. `get` says how to install it. Errors: it is
/// not installed; it fails, with the last lines it wrote.
pub(crate) fn output(command: &mut Command, get: &'static str) -> Result<String, ProgramError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let out = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => ProgramError::NotInstalled { name: name.clone(), get },
        _ => ProgramError::Start { name: name.clone(), source: error },
    })?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let words = String::from_utf8_lossy(&out.stderr);
    let last: Vec<&str> = words.lines().rev().filter(|line| !line.trim().is_empty()).take(3).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(ProgramError::Failed { name, status: out.status, words: last.join(" / ") })
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
