//! The expectation of a case.

use std::collections::BTreeMap;

use super::ExitWant;
use crate::terms::Shadow;

/// What one vendor's processors must show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// The allowed traces of the first processor: names of marks and snaps in order. More than one where the manual leaves it open.
    pub traces: Vec<Vec<String>>,
    /// The second processor's trace, if the case has a `peer` section.
    pub peer: Option<Vec<String>>,
    /// How the run ends.
    pub end: End,
    /// What the host sees at snaps.
    pub views: BTreeMap<NameAt, ViewWant>,
    /// What the host sees at the end.
    pub end_view: Option<ViewWant>,
    /// The interrupt frame at marks that record it.
    pub frames: BTreeMap<NameAt, FrameWant>,
    /// The VMCB or the VMCS at marks that record it.
    pub exits: BTreeMap<NameAt, ExitWant>,
    /// The processor's state at marks.
    pub marks: BTreeMap<NameAt, MarkWant>,
    /// The lines of the case's file that say so.
    pub lines: Lines,
}

/// Lines of a case's file, from 1, of each part of the expectation; a part that is not written has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Of each name in each of the traces.
    pub traces: Vec<Vec<usize>>,
    /// Of each name in the second processor's trace.
    pub peer: Vec<usize>,
    /// Of the end.
    pub end: Option<usize>,
    /// Of the views.
    pub views: BTreeMap<NameAt, usize>,
    /// Of the view at the end.
    pub end_view: Option<usize>,
    /// Of the frames.
    pub frames: BTreeMap<NameAt, usize>,
    /// Of the exits.
    pub exits: BTreeMap<NameAt, usize>,
    /// Of the marks.
    pub marks: BTreeMap<NameAt, usize>,
}

/// A mark or snap by name, and if given by occurrence: `held`, `held#2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameAt {
    /// Name of the mark or snap.
    pub name: String,
    /// The occurrence, from 1; every occurrence if none.
    pub occurrence: Option<u32>,
}

impl NameAt {
    /// How often the name must be in a trace for this to name a record of it.
    pub(super) fn least(&self) -> usize {
        self.occurrence.map_or(1, |occurrence| usize::try_from(occurrence).unwrap_or(usize::MAX))
    }

    /// Whether this names the `occurrence`th (from 1) record called `name`.
    pub fn names(&self, name: &str, occurrence: u32) -> bool {
        self.name == name && self.occurrence.is_none_or(|wanted| wanted == occurrence)
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// By `done`.
    #[default]
    Done,
    /// Halted, with no event due that would wake it.
    Halted,
    /// By a triple fault.
    Shutdown,
}

/// What KVM_GET_VCPU_EVENTS must return; `None` is not compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewWant {
    /// `nmi.injected`.
    pub injected: Option<bool>,
    /// `nmi.pending`.
    pub pending: Option<u8>,
    /// `nmi.masked`.
    pub masked: Option<bool>,
    /// `interrupt.shadow`.
    pub shadow: Option<Shadow>,
    /// In SMM.
    pub smm: Option<bool>,
    /// Halted.
    pub halted: Option<bool>,
}

/// What a saved frame must hold; `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameWant {
    /// A label, with an offset (`target+2`) or without; one of several where the manual leaves it open.
    pub rip: Vec<String>,
    /// CPL of the interrupted code: RPL of the saved CS.
    pub cpl: Option<u8>,
    /// Saved RFLAGS.IF.
    pub interrupt_flag: Option<bool>,
    /// Saved RFLAGS.TF.
    pub trap_flag: Option<bool>,
    /// Saved RFLAGS.RF.
    pub resume_flag: Option<bool>,
    /// The saved RSP equals RSP at this mark (its latest record before this one). Where the processor pushed no RSP, the
    /// stack pointer above the frame is compared.
    pub rsp: Option<String>,
    /// The saved SS.
    pub ss: Option<StackSegment>,
    /// The error code of an error frame.
    pub error: Option<u32>,
}

/// The kind of a stack segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackSegment {
    /// The kernel's.
    Kernel,
    /// The user's.
    User,
    /// The null selector.
    Null,
    /// Any other, or none was pushed; it is never expected.
    Other,
}

/// The state of the processor at a mark; `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkWant {
    /// RFLAGS.IF.
    pub interrupt_flag: Option<bool>,
    /// RFLAGS.TF.
    pub trap_flag: Option<bool>,
    /// RFLAGS.NT.
    pub nested_task: Option<bool>,
    /// Name of the stack that RSP lies in ([`guests::map::STACKS`]).
    pub stack: Option<String>,
    /// RSP equals RSP at this mark (its latest record before this one).
    pub rsp: Option<String>,
}
