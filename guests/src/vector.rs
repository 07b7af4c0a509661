//! Exception and interrupt vectors by the names that case files use.

use x86::vector as exception;
pub use x86::vector::{ARCHITECTURAL as EXCEPTIONS, NMI, pushes_error_code};

/// The vector of the external interrupt that `irq` makes pending.
pub const IRQ: u8 = 0x40;

/// Names of vectors that a case may write a handler for: those of [`NAMED_IN_L2`] without `l2-`.
pub const NAMED: [(&str, u8); 17] = {
    let mut named = NAMED_IN_L2;
    let mut at = 0;
    while at < named.len() {
        named[at].0 = named[at].0.split_at("l2-".len()).1;
        at += 1;
    }
    named
};

/// Names of vectors that L2 may have a handler for.
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
    fn names_lead_to_vectors_and_back() {
        assert_eq!(by_name("gp"), Some(13));
        assert_eq!(by_name("irq"), Some(0x40));
        assert_eq!(by_name("mc"), None);
        assert_eq!((title(2), title(14), title(0x40)), ("NMI".into(), "#PF".into(), "vector 40h".into()));
    }
}
