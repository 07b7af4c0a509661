use super::Vendor;

/// A processor, or as much of it as is known: what is not known may be anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// Vendor; none if it is not known.
    pub vendor: Option<Vendor>,
    /// Displayed family.
    pub family: Option<u32>,
    /// Displayed model.
    pub model: Option<u32>,
    /// Stepping.
    pub stepping: Option<u32>,
}
