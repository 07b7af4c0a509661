/// What raised an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A nonmaskable interrupt.
    Nmi,
    /// An external interrupt.
    External,
    /// An exception of the fault class: saves RF set.
    Fault,
    /// An exception of the trap class.
    Trap,
    /// INT n, INT3, INTO: clears RF before it saves it. Intel SDM vol. 3, section 17.3.1.1.
    Software,
    /// INT1.
    Int1,
}

/// An event that is delivered through the interrupt descriptor table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub vector: u8,
    pub source: Source,
    pub code: Option<u32>,
}

impl Event {
    /// An event without error code.
    pub(crate) fn new(vector: u8, source: Source) -> Self {
        Self { vector, source, code: None }
    }
}
