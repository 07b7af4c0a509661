use std::fmt;
use std::str::FromStr;

/// The processor mode in which a guest starts (AMD APM vol. 2, section 1.3 "Operating Modes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Real mode, 16-bit code, interrupt vector table at address 0.
    Real,
    /// Legacy protected mode, flat 32-bit segments, 32-bit paging.
    Protected,
    /// Long mode, 64-bit code, four-level paging.
    Long,
}

impl Mode {
    /// Every mode, in the order reports list them.
    pub const ALL: [Mode; 3] = [Mode::Real, Mode::Protected, Mode::Long];

    /// The width of code, stack slots and addresses, in bits.
    pub fn bits(self) -> u32 {
        match self {
            Mode::Real => 16,
            Mode::Protected => 32,
            Mode::Long => 64,
        }
    }

    /// The width of one stack slot, in bytes.
    pub fn slot(self) -> u64 {
        u64::from(self.bits() / 8)
    }

    /// The word that names this mode in case files and trial names.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Real => "real",
            Mode::Protected => "protected",
            Mode::Long => "long",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Mode::ALL.into_iter().find(|mode| mode.name() == word).ok_or(())
    }
}
