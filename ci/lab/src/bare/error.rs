//! Why an image cannot be made, or what came back of one not be read.

use std::path::PathBuf;

use guests::asm::AsmError;
use runner::terms::Vendor;

/// Why an image cannot be made, or what came back of one not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake in a text of the bare machine's own.
    #[error("failed to assemble the bare machine's own code: {0}")]
    Assembly(String),
    /// A text lacks a label, or the guest does.
    #[error("the bare machine's code has no label `{0}`")]
    Label(String),
    /// A file.
    #[error("failed to {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// What the machine wrote is no result of an image of this version.
    #[error("{line}: {why}; give what the machine wrote to its serial port, from its first line on")]
    Written {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The processor is not the vendor's that was named.
    #[error("the processor is not {0}'s: give its vendor")]
    OtherVendor(Vendor),
    /// The results are another image's.
    #[error(
        "the image has {made} guests, the results are of one with {told}: give the same filters and vendor to both"
    )]
    OtherImage {
        /// Guests of the image.
        made: usize,
        /// What the results say.
        told: usize,
    },
}

impl Error {
    pub(super) fn assembly(errors: &[AsmError]) -> Self {
        let told = errors.iter().map(|error| format!("{} line {}: {}", error.unit, error.line + 1, error.message));
        Error::Assembly(told.collect::<Vec<_>>().join("; "))
    }
}
