//! Moments of a run: marks and ends, and their places.

use serde::{Deserialize, Serialize};

use crate::is_default::is_default;

/// What comes next in a run: a mark, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// A mark or a snap.
    Mark {
        /// Its name in the case.
        name: String,
        /// The processor.
        #[serde(default, skip_serializing_if = "is_default")]
        cpu: u8,
    },
    /// A mark with all that it recorded, for two passes that differ only in that.
    Record(Record),
    /// The end by `done`.
    Done,
    /// Halted, and no event is due.
    Halted,
    /// Halted although an event was due; only an interruption by the host woke it.
    WakeLost {
        /// The processor.
        cpu: u8,
    },
    /// No exit in time.
    Hang {
        /// The processor.
        cpu: u8,
        /// Where the processor stands.
        at: Place,
    },
    /// Too many exits.
    Endless {
        /// How many were counted.
        exits: u32,
        /// Where the last one was.
        at: Place,
    },
    /// A triple fault.
    Shutdown {
        /// The processor.
        cpu: u8,
    },
    /// An unexpected exception.
    Fault {
        /// The processor.
        cpu: u8,
        /// The manuals' name: `#GP`, `NMI`, `vector 40h`.
        exception: String,
        /// Its error code, if it pushes one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<u64>,
        /// Where the processor stands.
        at: Place,
    },
    /// More records than the ring holds.
    Overflow {
        /// How many.
        records: u32,
    },
    /// Nothing more on this processor.
    Nothing {
        /// The processor.
        cpu: u8,
    },
    /// A step of the host, named by when it is due: `before leave`.
    Step(String),
    /// No step of the host.
    NoStep,
}

/// What a mark recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Record {
    /// The mark's name.
    pub name: String,
    /// The processor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cpu: u8,
    /// Whether it is a snap.
    pub snap: bool,
    /// RSP.
    pub rsp: u64,
    /// RFLAGS.
    pub rflags: u64,
    /// The error code of an error frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<u64>,
    /// Where the frame says that the processor was. None: it kept no frame, and no stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Place>,
    /// What lay on the stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<u64>,
}

/// An address that does not move with the mode's encodings: the nearest label before it and how many instructions lie
/// between.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The label. None: it is outside the guest's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Instructions after it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub after: u32,
    /// Whether it is inside an instruction.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inside: bool,
}

impl Moment {
    /// A mark of the first processor.
    pub fn mark(name: impl Into<String>) -> Moment {
        Moment::Mark { name: name.into(), cpu: 0 }
    }

    /// Whether a run ends with it.
    pub(crate) fn is_end(&self) -> bool {
        match self {
            Moment::Done
            | Moment::Halted
            | Moment::WakeLost { .. }
            | Moment::Hang { .. }
            | Moment::Endless { .. }
            | Moment::Shutdown { .. }
            | Moment::Fault { .. }
            | Moment::Overflow { .. } => true,
            Moment::Mark { .. } | Moment::Record(_) | Moment::Nothing { .. } | Moment::Step(_) | Moment::NoStep => {
                false
            }
        }
    }
}

impl Place {
    /// Outside the guest's code.
    pub const OUTSIDE: Place = Place { label: None, after: 0, inside: false };

    /// So many instructions after a label.
    pub fn after(label: impl Into<String>, after: u32) -> Place {
        Place { label: Some(label.into()), after, inside: false }
    }
}
