use std::io;
use std::path::PathBuf;

use crate::program::ProgramError;

/// Why there is no patched emulator.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
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
    #[error(transparent)]
    Step(#[from] ProgramError),
    /// An operation on a file that the system refused; the message names both.
    #[error(transparent)]
    Io(#[from] io::Error),
}
