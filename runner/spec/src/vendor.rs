use std::fmt;
use std::str::FromStr;

/// A vendor, whose manual applies to its processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vendor {
    /// AMD64 Architecture Programmer's Manual.
    Amd,
    /// Intel 64 and IA-32 Architectures Software Developer's Manual.
    Intel,
}

impl Vendor {
    /// Both, in the order in which reports list them.
    pub const ALL: &'static [Vendor] = &[Vendor::Amd, Vendor::Intel];

    /// The word for it in case files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Vendor::Amd => "amd",
            Vendor::Intel => "intel",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Vendor {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|known| known.name() == word).ok_or(())
    }
}
