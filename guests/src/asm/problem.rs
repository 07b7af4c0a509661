//! Errors in a line, before their unit and line number are known.

/// A part of a line, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start, len: end.saturating_sub(start).max(1) }
    }

    pub(crate) fn end(self) -> usize {
        self.start + self.len
    }

    /// From the start of this to the end of the other.
    pub(super) fn to(self, other: Self) -> Self {
        Self::new(self.start, other.end().max(self.end()))
    }
}

/// One problem of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Problem {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}
