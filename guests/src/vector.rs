//! Exception and interrupt vectors by the names that case files use.

use x86::vector as exception;
pub use x86::vector::{ARCHITECTURAL as EXCEPTIONS, NMI, pushes_error_code};

/// The vector of the external interrupt that `irq` makes pending.
pub const IRQ: u8 = 0x40;

/// Names of vectors that a case may write a handler for.
pub const NAMED: [(&str, u8); 17] = [
    ("de", exception::DE),
    ("db", exception::DB),
    ("nmi", NMI),
    ("bp", exception::BP),
    ("of", exception::OF),
    ("br", exception::BR),
    ("ud", exception::UD),
    ("nm", exception::NM),
    ("df", exception::DF),
    ("ts", exception::TS),
    ("np", exception::NP),
    ("ss", exception::SS),
    ("gp", exception::GP),
    ("pf", exception::PF),
    ("mf", exception::MF),
    ("ac", exception::AC),
    ("irq", IRQ),
];

/// The same as the sections of L2 call them.
pub const NAMED_IN_L2: [(&str, u8); 17] = [
    ("l2-de", exception::DE),
    ("l2-db", exception::DB),
    ("l2-nmi", NMI),
    ("l2-bp", exception::BP),
    ("l2-of", exception::OF),
    ("l2-br", exception::BR),
    ("l2-ud", exception::UD),
    ("l2-nm", exception::NM),
    ("l2-df", exception::DF),
    ("l2-ts", exception::TS),
    ("l2-np", exception::NP),
    ("l2-ss", exception::SS),
    ("l2-gp", exception::GP),
    ("l2-pf", exception::PF),
    ("l2-mf", exception::MF),
    ("l2-ac", exception::AC),
    ("l2-irq", IRQ),
];

/// The vector called `name` in case files.
pub fn by_name(name: &str) -> Option<u8> {
    NAMED.iter().find(|(known, _)| *known == name).map(|&(_, vector)| vector)
}

/// The manuals' name, such as `#GP`, or `vector 40h`.
pub fn title(vector: u8) -> String {
    match NAMED.iter().find(|&&(_, known)| known == vector) {
        Some(&("nmi", _)) => "NMI".to_owned(),
        Some(&(name, _)) if name != "irq" => format!("#{}", name.to_uppercase()),
        _ => format!("vector {vector:02X}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_has_its_name_in_l2() {
        let prefixed = NAMED.map(|(name, vector)| (format!("l2-{name}"), vector));
        assert_eq!(prefixed, NAMED_IN_L2.map(|(name, vector)| (name.to_owned(), vector)));
    }

    #[test]
    fn names_lead_to_vectors_and_back() {
        assert_eq!(by_name("gp"), Some(13));
        assert_eq!(by_name("irq"), Some(0x40));
        assert_eq!(by_name("mc"), None);
        assert_eq!((title(2), title(14), title(0x40)), ("NMI".into(), "#PF".into(), "vector 40h".into()));
    }
}
