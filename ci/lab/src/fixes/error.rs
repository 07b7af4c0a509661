use std::io;
use std::path::PathBuf;

use crate::modules::ModulesError;

/// What is wrong with a fix's file.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// It cannot be read.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A line of it.
    #[error("{}:{line}:1: {why}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// Its patch.
    #[error(transparent)]
    Patch(#[from] ModulesError),
}
