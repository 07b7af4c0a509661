//! The state that the rules speak of: what a processor remembers of NMIs, and its interrupt shadow.

use std::fmt;
use std::str::FromStr;

/// What a processor remembers of NMIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nmi {
    /// How many are held until they can be delivered.
    pub pending: u32,
    /// Further ones are blocked until an IRET.
    pub blocked: bool,
}

/// An interrupt shadow: what holds events back until the next instruction has completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shadow {
    /// No shadow.
    #[default]
    None,
    /// After an STI that set IF.
    Sti,
    /// After MOV SS or POP SS.
    MovSs,
    /// One of the two: INTERRUPT_SHADOW in the VMCB does not say which (AMD APM vol. 2, 15.21.5 "Interrupt Shadows").
    Either,
}

impl Shadow {
    /// Every value, in the order in which reports list them.
    pub const ALL: &'static [Shadow] = &[Shadow::None, Shadow::Sti, Shadow::MovSs, Shadow::Either];

    /// The word for it in case files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Shadow::None => "none",
            Shadow::Sti => "sti",
            Shadow::MovSs => "mov-ss",
            Shadow::Either => "either",
        }
    }

    /// Whether `self`, as expected by a case, allows `seen`.
    pub fn allows(self, seen: Shadow) -> bool {
        self == seen
            || (self != Shadow::None && seen == Shadow::Either)
            || (self == Shadow::Either && seen != Shadow::None)
    }
}

impl fmt::Display for Shadow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Shadow {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|known| known.name() == word).ok_or(())
    }
}
