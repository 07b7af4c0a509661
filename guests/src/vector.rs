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
    fn names_lead_to_vectors_and_back() {
        assert_eq!(by_name("gp"), Some(13));
        assert_eq!(by_name("irq"), Some(0x40));
        assert_eq!(by_name("mc"), None);
        assert_eq!((title(2), title(14), title(0x40)), ("NMI".into(), "#PF".into(), "vector 40h".into()));
    }
}
