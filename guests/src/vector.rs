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

#[cfg(test)]
mod tests {
    use super::*;

    // Read off the manual's table, row by row: no, no, no, ... for vectors 0 to 31.
    const ERROR_CODES: [bool; 32] = {
        const N: bool = false;
        const Y: bool = true;
        [
            N, N, N, N, N, N, N, N, // DE, DB, NMI, BP, OF, BR, UD, NM
            Y, N, Y, Y, Y, Y, Y, N, // DF, (coprocessor overrun), TS, NP, SS, GP, PF, reserved
            N, Y, N, N, N, Y, N, N, // MF, AC, MC, XM, VE, CP, reserved
            N, N, N, N, N, Y, Y, N, // reserved, HV, VC, SX, reserved
        ]
    };

    #[test]
    fn error_codes_are_as_in_the_manuals() {
        for vector in 0..EXCEPTIONS {
            assert_eq!(pushes_error_code(vector), ERROR_CODES[usize::from(vector)], "vector {vector}");
        }
        assert!(!pushes_error_code(IRQ));
    }

    #[test]
    fn names_lead_to_vectors_and_back() {
        assert_eq!(by_name("gp"), Some(13));
        assert_eq!(by_name("irq"), Some(0x40));
        assert_eq!(by_name("mc"), None);
        assert_eq!((title(2), title(14), title(0x40)), ("NMI".into(), "#PF".into(), "vector 40h".into()));
    }
}
