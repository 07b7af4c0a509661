pub(crate) use spec::delivery::Source;

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
