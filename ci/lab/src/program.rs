//! Runs programs of this machine.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

/// Why a program could not be run, or failed.
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

/// Runs a program to its end. `get` says how to install it. Errors: it is not installed or cannot be started.
pub(crate) fn run(command: &mut Command, get: &'static str) -> Result<Output, ProgramError> {
    command.stdin(Stdio::null()).output().map_err(|source| {
        let name = command.get_program().to_string_lossy().into_owned();
        match source.kind() {
            ErrorKind::NotFound => ProgramError::NotInstalled { name, get },
            _ => ProgramError::Start { name, source },
        }
    })
}

/// As [`run`], and returns what the program wrote to standard output. Errors: also, it fails, with the last lines it wrote.
pub(crate) fn output(command: &mut Command, get: &'static str) -> Result<String, ProgramError> {
    let out = run(command, get)?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let name = command.get_program().to_string_lossy().into_owned();
    // Ninja, unlike the others, writes its errors to standard output.
    let words = if out.stderr.is_empty() { &out.stdout } else { &out.stderr };
    Err(ProgramError::Failed { name, status: out.status, words: last_lines(&String::from_utf8_lossy(words)) })
}

/// The last three lines that are not empty.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}

/// Why a diff was not applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PatchError {
    /// It does not fit the files.
    #[error("the diff does not fit ({}): make it for these files", last_lines(.told))]
    Misfit {
        /// All that `patch` said: what it did, then fatal errors.
        told: String,
    },
    /// `patch` could not be run.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Applies a unified diff to the files of a folder, without fuzz: a hunk with other context may belong to another place.
pub(crate) fn patch(folder: &Path, diff: &str) -> Result<(), PatchError> {
    let file = tempfile::NamedTempFile::new().and_then(|file| fs_err::write(file.path(), diff).map(|()| file));
    let file = file.map_err(|source| ProgramError::Start { name: "patch".to_owned(), source })?;
    let mut patch = Command::new("patch");
    patch.args(["-p1", "--fuzz=0", "--batch", "--forward", "--no-backup-if-mismatch", "--reject-file=-"]);
    patch.arg("-d").arg(folder).arg("-i").arg(file.path()).env("LC_ALL", "C");
    let out = run(&mut patch, "apt-get install patch")?;
    if out.status.success() {
        return Ok(());
    }
    let told = [&out.stdout, &out.stderr].map(|said| String::from_utf8_lossy(said));
    Err(PatchError::Misfit { told: told.concat() })
}

/// Whether a command starts and succeeds; its output is dropped.
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

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_words_are_few() {
        assert_eq!(super::last_lines("a\nb\n\nc\nd\n"), "b / c / d");
        assert_eq!(super::last_lines(""), "");
    }
}
