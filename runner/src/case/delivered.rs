//! The event that was being delivered when L2 exited, or that the next entry injects.

use guests::vector;
use x86::svm::{Event, event_type};
use x86::vmx::{Interruption, interruption};

/// The event of EXITINTINFO or EVENTINJ, or of the VMCS's fields for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// V is 0: there is none.
    None,
    /// An NMI.
    Nmi,
    /// An external or virtual interrupt.
    Irq,
    /// INT n.
    Software,
    /// The exception of this vector.
    Exception(u8),
    /// An event of a reserved type; it is never expected.
    Reserved,
}

impl Delivered {
    /// The event that EXITINTINFO or EVENTINJ with these bits describes.
    pub fn of(bits: u64) -> Self {
        let event = Event::from_bits(bits);
        match event.kind() {
            _ if !event.valid() => Self::None,
            event_type::INTR => Self::Irq,
            event_type::NMI => Self::Nmi,
            event_type::EXCEPTION => Self::Exception(event.vector()),
            event_type::SOFTWARE => Self::Software,
            _ => Self::Reserved,
        }
    }

    /// The event that IDT-vectoring or VM-entry interruption information with these bits describes.
    pub fn of_interruption(bits: u32) -> Self {
        let event = Interruption::from_bits(bits);
        match event.kind() {
            _ if !event.valid() => Self::None,
            interruption::EXTERNAL => Self::Irq,
            interruption::NMI => Self::Nmi,
            interruption::SOFTWARE => Self::Software,
            interruption::EXCEPTION | interruption::PRIVILEGED | interruption::SOFTWARE_EXCEPTION => {
                Self::Exception(event.vector())
            }
            _ => Self::Reserved,
        }
    }

    /// The word of case files for it.
    pub fn word(self) -> String {
        let known = delivered().into_iter().find(|(_, known)| *known == self);
        match (known, self) {
            (Some((word, _)), _) => word.to_owned(),
            (None, Self::Exception(vector)) => format!("exception {vector:X}h"),
            (None, _) => "an event of a reserved type".to_owned(),
        }
    }
}

/// Words of `delivering` and `injecting`.
pub(super) fn delivered() -> Vec<(&'static str, Delivered)> {
    let plain = [
        ("none", Delivered::None),
        ("nmi", Delivered::Nmi),
        ("irq", Delivered::Irq),
        ("software", Delivered::Software),
    ];
    plain.into_iter().chain(exceptions().map(|(word, vector)| (word, Delivered::Exception(vector)))).collect()
}

/// The exceptions by name.
pub(super) fn exceptions() -> impl Iterator<Item = (&'static str, u8)> {
    vector::NAMED.into_iter().filter(|(_, vector)| ![vector::NMI, vector::IRQ].contains(vector))
}

#[cfg(test)]
mod tests {
    use super::Delivered;

    #[test]
    fn events_have_words() {
        let reserved = "an event of a reserved type";
        let words = [0x8000_0202, 0x8000_0b0b, 0x202, 0x8000_0040, 0x8000_0402, 0x8000_0106, 0x8000_0315];
        let words = words.map(|bits| Delivered::of(bits).word());
        assert_eq!(words, ["nmi", "np", "none", "irq", "software", reserved, "exception 15h"]);
        let events = [0x8000_0202, 0x202, 0x8000_0040, 0x8000_0402, 0x8000_0603, 0x8000_0b0b, 0x8000_0100];
        let events = events.map(|bits| Delivered::of_interruption(bits).word());
        assert_eq!(events, ["nmi", "none", "irq", "software", "bp", "np", reserved]);
    }
}
