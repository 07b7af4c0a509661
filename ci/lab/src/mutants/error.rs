use std::io;
use std::path::PathBuf;

use crate::modules::ModulesError;

/// What is wrong with a mutant's file.
#[derive(Debug, thiserror::Error)]
pub enum MutantError {
    /// It cannot be read.
    #[error("failed to read {}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file's name that is no number, dash and words.
    #[error("{}:1:1: the file's name must be its number, a dash and what it is called: `07-second-nmi-is-lost.patch`", file.display())]
    Name {
        /// The file.
        file: PathBuf,
    },
    /// A line of the header.
    #[error("{}:{line}:{column}: {why}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong with it.
        why: String,
    },
    /// Two of one number.
    #[error("{}:1:1: {} has the number {number}, too", file.display(), other.display())]
    Twice {
        /// The file.
        file: PathBuf,
        /// The one before it.
        other: PathBuf,
        /// The number.
        number: u32,
    },
    /// Its patch.
    #[error(transparent)]
    Patch(#[from] ModulesError),
}
