use std::fmt::Display;
use std::io;
use std::path::Path;

use thiserror::Error;

/// Why the lab could not do something; each text is complete.
#[derive(Debug, Error)]
pub enum Failure {
    /// Something the user wrote: a flag or a target's file.
    #[error("{0}")]
    Input(String),
    /// It cannot be had here: a package, an emulator, a kernel. What asked for it is reported as not run.
    #[error("{0}")]
    Absent(String),
    /// Reading, writing, or a program that failed.
    #[error("{0}")]
    Trouble(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// An operation on a file that the system refused.
    pub fn io(what: &str, path: &Path, error: &io::Error) -> Failure {
        Failure::Trouble(format!("failed to {what} {}: {error}", path.display()))
    }

    /// Trouble of any kind, with what was tried.
    pub fn trouble(what: &str, error: impl Display) -> Failure {
        Failure::Trouble(format!("failed to {what}: {error}"))
    }
}
