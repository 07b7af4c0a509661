//! Why an image cannot be made, or its results cannot be read.

use runner::terms::Vendor;

use crate::hardware::BadText;

/// Why an image cannot be made, or its results cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake in one of the bare machine's assembly texts.
    #[error("failed to assemble the bare machine's own code: {0}")]
    Assembly(#[from] BadText),
    /// An assembly text or a guest lacks a label.
    #[error("the bare machine's code has no label `{0}`")]
    Label(String),
    /// The serial log is not one of an image of this version.
    #[error("{line}: {why}; give what the machine wrote to its serial port, from its first line on")]
    Written {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: BadLine,
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

/// What is wrong with a line that the supervisor should have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// The supervisor's first line is missing.
    #[error("no line begins with `nmi-bare`")]
    NoHello,
    /// The supervisor's first line cannot be read.
    #[error("its first line has no two numbers")]
    Hello,
    /// A guest's first line cannot be read.
    #[error("a guest starts that has no number")]
    Start,
    /// A guest's last registers cannot be read.
    #[error("an end of a guest that cannot be read")]
    End,
    /// A record of a guest's trace cannot be read.
    #[error("a record that cannot be read")]
    Record,
    /// The checksum is not that of the lines before it.
    #[error("bytes were lost on the way")]
    Checksum,
    /// An answer of no guest.
    #[error("a guest ends that did not start")]
    NotStarted,
}
