//! Exception and interrupt vectors by the names that case files use.

/// The vector of an NMI (Intel SDM vol. 3, "Nonmaskable Interrupt (NMI)").
pub const NMI: u8 = 2;
/// The vector of the external interrupt that `irq` makes pending.
pub const IRQ: u8 = 0x40;
/// How many vectors are architectural exceptions and get a default handler.
pub const EXCEPTIONS: u8 = 32;

/// Names of vectors that a case may write a handler for.
pub const NAMED: [(&str, u8); 17] = [
    ("de", 0),
    ("db", 1),
    ("nmi", 2),
    ("bp", 3),
    ("of", 4),
    ("br", 5),
    ("ud", 6),
    ("nm", 7),
    ("df", 8),
    ("ts", 10),
    ("np", 11),
    ("ss", 12),
    ("gp", 13),
    ("pf", 14),
    ("mf", 16),
    ("ac", 17),
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

/// Whether delivery through the IDT pushes an error code (Intel SDM vol. 3, Table 6-1 "Protected-Mode Exceptions and
/// Interrupts"; AMD APM vol. 2, section 8.2 "Vectors"). Real mode never does.
pub fn pushes_error_code(vector: u8) -> bool {
    matches!(vector, 8 | 10..=14 | 17 | 21 | 29 | 30)
}
