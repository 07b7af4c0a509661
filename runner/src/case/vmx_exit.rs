//! The expected state of the VMCS after an exit from L2, or after a VMfail.

use x86::vector::NMI;
use x86::vmx::{Interruptibility, Interruption, activity, interruption, reason};

use super::delivered::exceptions;

/// What the VMCS must hold after an exit; `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VmxExitWant {
    /// The exit reason.
    pub reason: Option<Reason>,
    /// The interruptibility state.
    pub blocking: Option<Blocking>,
    /// Bit 12 of the VM-exit interruption information: NMI unblocking due to IRET.
    pub bit_12: Option<bool>,
    /// The activity state.
    pub activity: Option<u32>,
    /// The VM-instruction error of an entry that was a VMfail; if `None`, the entry must not have been one.
    pub vmfail: Option<u32>,
    /// Whether the exit is an entry failure because of L2's state.
    pub entry_failure: Option<bool>,
}

/// An exit reason, with the vector where it is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An NMI.
    Nmi,
    /// The exception of this vector.
    Exception(u8),
    /// Another basic exit reason.
    Basic(u16),
}

impl Reason {
    /// The reason that these values of the exit reason and of the VM-exit interruption information give.
    pub fn of(field: u32, interruption: u32) -> Self {
        let event = Interruption::from_bits(interruption);
        match field as u16 {
            reason::EXCEPTION_OR_NMI if event.kind() == interruption::NMI && event.vector() == NMI => Self::Nmi,
            reason::EXCEPTION_OR_NMI => Self::Exception(event.vector()),
            basic => Self::Basic(basic),
        }
    }

    /// The word of case files for it.
    pub fn word(self) -> String {
        let known = reasons().into_iter().find(|(_, known)| *known == self);
        match (known, self) {
            (Some((word, _)), _) => word.to_owned(),
            (None, Self::Basic(number)) => basic_word(number),
            (None, Self::Exception(vector)) => format!("exception {vector:X}h"),
            (None, Self::Nmi) => "nmi".to_owned(),
        }
    }
}

/// Words for basic exit reasons other than exceptions and NMIs.
const BASIC: [(&str, u16); 12] = [
    ("external-interrupt", reason::EXTERNAL_INTERRUPT),
    ("triple-fault", reason::TRIPLE_FAULT),
    ("interrupt-window", reason::INTERRUPT_WINDOW),
    ("nmi-window", reason::NMI_WINDOW),
    ("cpuid", reason::CPUID),
    ("hlt", reason::HLT),
    ("vmcall", reason::VMCALL),
    ("io", reason::IO),
    ("rdmsr", reason::RDMSR),
    ("wrmsr", reason::WRMSR),
    ("invalid-guest-state", reason::INVALID_GUEST_STATE),
    ("ept-violation", reason::EPT_VIOLATION),
];

/// Words of `reason`.
pub(super) fn reasons() -> Vec<(&'static str, Reason)> {
    let basic = BASIC.into_iter().map(|(word, number)| (word, Reason::Basic(number)));
    let exceptions = exceptions().map(|(word, vector)| (word, Reason::Exception(vector)));
    [("nmi", Reason::Nmi)].into_iter().chain(basic).chain(exceptions).collect()
}

/// The word of case files for a basic exit reason, or its number.
pub fn basic_word(number: u16) -> String {
    let known = BASIC.iter().find(|(_, known)| *known == number);
    match known {
        Some((word, _)) => (*word).to_owned(),
        None if number == reason::EXCEPTION_OR_NMI => "exception or NMI".to_owned(),
        None => format!("reason {number}"),
    }
}

/// The bits of the interruptibility state that the manual defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocking(u32);

impl Blocking {
    /// The defined bits of the field.
    pub fn of(field: u32) -> Self {
        let defined = Interruptibility::NAMED.iter().fold(0, |all, (_, bit)| all | bit);
        Self(field & defined)
    }

    /// The bits.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The word of case files for it; several words where several bits are set.
    pub fn word(self) -> String {
        let set = blockings().into_iter().filter(|(_, one)| one.0 & self.0 != 0).map(|(word, _)| word);
        let words: Vec<&str> = set.collect();
        if words.is_empty() { "none".to_owned() } else { words.join(" and ") }
    }
}

/// Words of `blocking`.
pub(super) fn blockings() -> [(&'static str, Blocking); 5] {
    let of = |state: Interruptibility| Blocking(state.into_bits());
    let none = Interruptibility::new();
    [
        ("none", of(none)),
        ("sti", of(none.with_sti(true))),
        ("mov-ss", of(none.with_mov_ss(true))),
        ("smi", of(none.with_smi(true))),
        ("nmi", of(none.with_nmi(true))),
    ]
}

/// Words of `activity`.
pub(super) const ACTIVITIES: [(&str, u32); 4] = [
    ("active", activity::ACTIVE),
    ("hlt", activity::HLT),
    ("shutdown", activity::SHUTDOWN),
    ("wait-for-sipi", activity::WAIT_FOR_SIPI),
];

/// The word of case files for an activity state, or its number.
pub fn activity_word(state: u32) -> String {
    let known = ACTIVITIES.iter().find(|(_, known)| *known == state);
    known.map_or_else(|| format!("state {state}"), |(word, _)| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_states_have_words() {
        let of = |field, interruption| Reason::of(field, interruption).word();
        assert_eq!(
            [of(0, 0x8000_0202), of(0, 0x8000_0b0d), of(8, 0), of(0x8000_0021, 0), of(40, 0)],
            ["nmi", "gp", "nmi-window", "invalid-guest-state", "reason 40"]
        );
        assert_eq!(
            [0, 1, 8, 9, 0x20].map(|bits| Blocking::of(bits).word()),
            ["none", "sti", "nmi", "sti and nmi", "none"]
        );
        assert_eq!([0, 1, 9].map(activity_word), ["active", "hlt", "state 9"]);
        assert_eq!(basic_word(0), "exception or NMI");
    }
}
