//! Patterns for what a failing trial shows, in entries of the known deviations and in errata: the fields of a finding, each with a
//! value or `*` for any.

mod basics;
mod fields;
mod fits;
mod moment;
mod notation;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;
mod trouble;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use basics::{Any, Glob, Range};
pub(super) use fields::{EXIT, FRAME, MARK, VIEW};
pub use fields::{FieldPatterns, ValuePattern};
pub use moment::{EndWord, FaultPattern, MomentMap, MomentPattern, PlacePattern};
pub use trouble::TroublePattern;

/// A pattern for symptoms, by the trial's outcome or by what differs from the expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Symptom"))]
#[serde(rename_all = "kebab-case")]
pub enum SymptomPattern {
    /// Another event came than was expected.
    Mismatch(SequencePattern),
    /// A view that is not as expected.
    View(FieldsPattern),
    /// A frame that is not as expected.
    Frame(FieldsPattern),
    /// What an exit left in the VMCB is not as expected.
    Exit(FieldsPattern),
    /// The processor's state at a mark is not as expected.
    Mark(FieldsPattern),
    /// Two runs from reset differ.
    Unstable(RunsPattern),
    /// No exit within the time limit.
    Hang(MissedPattern),
    /// An exception that the case does not expect.
    GuestFault(GuestFaultPattern),
    /// A triple fault that the case does not expect.
    Shutdown(MissedPattern),
    /// The host's kernel reported a fault of its own.
    KernelWarning(WarningPattern),
    /// The host ended.
    HostDied(HostEndPattern),
    /// Trouble, by its cause.
    Error(TroublePattern),
}

/// What was expected, and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Sequence"))]
#[serde(deny_unknown_fields)]
pub struct SequencePattern {
    /// What was expected.
    pub want: MomentPattern,
    /// What came.
    pub got: MomentPattern,
    /// The pass; the plain one if left out.
    #[serde(default, skip_serializing_if = "PassPattern::is_plain")]
    pub pass: PassPattern,
}

/// The fields of a view, a frame, an exit or a mark that are not as expected: these and no others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Fields"))]
#[serde(deny_unknown_fields)]
pub struct FieldsPattern {
    /// The snap or mark, with its occurrence if it is not the first of that name: `nmi#2`.
    pub at: Glob,
    /// What was expected.
    pub want: Any<FieldPatterns>,
    /// What was seen.
    pub got: Any<FieldPatterns>,
    /// Whether further fields may differ, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub others: bool,
    /// The pass; the plain one if left out.
    #[serde(default, skip_serializing_if = "PassPattern::is_plain")]
    pub pass: PassPattern,
}

/// The first difference between two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Runs"))]
#[serde(deny_unknown_fields)]
pub struct RunsPattern {
    /// In the first run.
    pub once: MomentPattern,
    /// In the second run.
    pub again: MomentPattern,
}

/// What was expected and never came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Missed"))]
#[serde(deny_unknown_fields)]
pub struct MissedPattern {
    /// What was expected.
    pub want: MomentPattern,
    /// The pass; the plain one if left out.
    #[serde(default, skip_serializing_if = "PassPattern::is_plain")]
    pub pass: PassPattern,
}

/// What was expected, and the exception that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "GuestFault"))]
#[serde(deny_unknown_fields)]
pub struct GuestFaultPattern {
    /// What was expected.
    pub want: MomentPattern,
    /// What came.
    pub got: Any<FaultPattern>,
    /// The pass; the plain one if left out.
    #[serde(default, skip_serializing_if = "PassPattern::is_plain")]
    pub pass: PassPattern,
}

/// A warning of the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "KernelWarning"))]
#[serde(deny_unknown_fields)]
pub struct WarningPattern {
    /// Its report's first line, without processors, processes and addresses.
    pub report: Glob,
}

/// How a host ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "HostEnd"))]
#[serde(rename_all = "kebab-case")]
pub enum HostEndPattern {
    /// However the host ended.
    #[serde(rename = "*")]
    Any,
    /// It no longer answered, and its kernel said nothing.
    Hung,
    /// It was reset, as by a triple fault of its own.
    Reset,
    /// With these last words of its kernel.
    Panicked(Glob),
}

/// The pass in which a symptom shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Pass"))]
#[serde(rename_all = "kebab-case")]
pub enum PassPattern {
    /// It shows in whatever pass.
    #[serde(rename = "*")]
    Any,
    /// It shows in a pass other than the plain one.
    NotPlain,
    /// It shows in the plain pass, which the others are compared with.
    #[default]
    Plain,
    /// It shows in the plain pass from reset again.
    Again,
    /// It shows while the host does not look.
    Blind,
    /// It shows while snaps without a step of the host are marks.
    Silent,
    /// It shows while the host looks at every exit.
    Peek,
    /// It shows while the guest moves to a fresh virtual machine at every snap.
    Migrate,
}

/// A symptom in the notation of case files.
#[cfg(test)]
pub(crate) fn symptom(text: &str) -> SymptomPattern {
    super::parse::from_text(text)
}

impl PassPattern {
    fn is_plain(&self) -> bool {
        *self == PassPattern::Plain
    }
}
