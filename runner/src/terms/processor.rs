use super::Vendor;

/// A processor, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// Vendor; `None`, as in the other fields, if it is not known.
    pub vendor: Option<Vendor>,
    /// Displayed family.
    pub family: Option<u32>,
    /// Displayed model.
    pub model: Option<u32>,
    /// Stepping.
    pub stepping: Option<u32>,
}
