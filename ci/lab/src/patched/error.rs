use std::io;
use std::path::{Path, PathBuf};

use crate::needs::Missing;

/// Why there is no patched emulator.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Packages that the build needs are not installed.
    #[error("{name} cannot be built here: {missing}")]
    Packages {
        /// What would be built.
        name: &'static str,
        /// What they are.
        missing: Missing,
    },
    /// A patch does not fit this source.
    #[error("{patch} does not apply to {source_folder} ({words}): it is made for {made_for}")]
    Patch {
        /// Its file name.
        patch: &'static str,
        /// What it is made for.
        made_for: &'static str,
        /// Where the source was unpacked.
        source_folder: PathBuf,
        /// What `patch` said.
        words: String,
    },
    /// A step of the build failed.
    #[error("`{step}` of {name} failed; its last words: {words}")]
    Step {
        /// What was built.
        name: &'static str,
        /// The program that failed.
        step: &'static str,
        /// The last lines that it wrote.
        words: String,
    },
    /// A file or a program could not be used.
    #[error("failed to {what} {}: {error}", path.display())]
    Io {
        /// What was tried, an infinitive.
        what: &'static str,
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl BuildError {
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BuildError {
        move |error| BuildError::Io { what, path: path.to_owned(), error }
    }
}
