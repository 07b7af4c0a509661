//! What is wrong with the name of a patch's file, or with what stands above its diff.

/// What is wrong with the name of a patch's file, or with what stands above its diff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    // Of a planted fault.
    /// The file's name has no number or no words.
    #[error("the file's name must be its number, a dash and what it is called: `07-second-nmi-is-lost.patch`")]
    Name,
    /// Another file has the number.
    #[error("{other} has the number {number}, too")]
    NumberTaken {
        /// The other file.
        other: String,
        /// The number.
        number: u32,
    },
    /// A continuation of nothing.
    #[error("an indented line continues none")]
    NoFieldAbove,
    /// A line that is none of a header.
    #[error("`{name}` is not one of {known}")]
    UnknownField {
        /// What stands there.
        name: String,
        /// The lines that a header may have.
        known: String,
    },
    /// A line for the second time.
    #[error("{name} is there twice")]
    Twice {
        /// The line's name.
        name: String,
    },
    /// A line without a value.
    #[error("{name} has no value, written behind `{name}: `")]
    NoValue {
        /// The line's name.
        name: String,
    },
    /// No sentence on the fault.
    #[error("Breaks is missing: one sentence that says what it breaks")]
    NoBreaks,
    /// No cases.
    #[error("Cases is missing: the folders or cases that should notice it")]
    NoCases,
    /// A second file.
    #[error("a mutant changes one file, and `{file}` is a second one")]
    SecondFile {
        /// The second file.
        file: String,
    },
    /// Another fault's number in the diff.
    #[error("write `{own}`, for that is this mutant's number")]
    OtherNumber {
        /// The condition with its own number.
        own: String,
    },
    /// The change cannot be switched off.
    #[error("the change must be behind `{own}`, so that all can be built into one module")]
    NoSwitch {
        /// The condition with its own number.
        own: String,
    },

    // Of a fix.
    /// No subject.
    #[error("a fix begins with `Subject: [PATCH] KVM: ...`")]
    NoSubject,
    /// No end of the message.
    #[error("the message ends with a line of `---`, and there is none")]
    NoEndOfMessage,
    /// No message.
    #[error("the message is missing: what a guest sees, and why")]
    NoMessage,
    /// A long line.
    #[error("a line of the message has more than 80 columns")]
    LongLine,
    /// A line that every fix has.
    #[error("`{name}: ` is missing below the message")]
    Missing {
        /// The line's name.
        name: &'static str,
    },
    /// The finding is no number.
    #[error("the finding is a number of FINDINGS.md")]
    FindingIsNoNumber,
    /// The file is named for another finding.
    #[error("the file's name must begin with `{finding:02}-`, its finding")]
    NameOfOtherFinding {
        /// The finding.
        finding: u32,
    },
}
