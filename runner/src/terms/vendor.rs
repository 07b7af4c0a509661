use super::words;

/// Whose manual binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// AMD64 Architecture Programmer's Manual.
    Amd,
    /// Intel 64 and IA-32 Architectures Software Developer's Manual.
    Intel,
}

words!(Vendor { Amd = "amd", Intel = "intel" });
