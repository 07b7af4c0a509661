//! Exception and interrupt vectors.

/// #DE: divide error (Intel SDM vol. 3, Table 6-1 "Protected-Mode Exceptions and Interrupts"; AMD APM vol. 2, Table 8-1
/// "Interrupt Vector Source and Cause"; so are the others).
pub const DE: u8 = 0;
/// #DB: debug.
pub const DB: u8 = 1;
/// NMI.
pub const NMI: u8 = 2;
/// #BP: breakpoint, by INT3.
pub const BP: u8 = 3;
/// #OF: overflow, by INTO.
pub const OF: u8 = 4;
/// #BR: BOUND's range exceeded.
pub const BR: u8 = 5;
/// #UD: invalid opcode.
pub const UD: u8 = 6;
/// #NM: device not available.
pub const NM: u8 = 7;
/// #DF: double fault.
pub const DF: u8 = 8;
/// #TS: invalid task-state segment.
pub const TS: u8 = 10;
/// #NP: segment not present.
pub const NP: u8 = 11;
/// #SS: stack-segment fault.
pub const SS: u8 = 12;
/// #GP: general protection.
pub const GP: u8 = 13;
/// #PF: page fault.
pub const PF: u8 = 14;
/// #MF: x87 error.
pub const MF: u8 = 16;
/// #AC: alignment check.
pub const AC: u8 = 17;
/// #CP: control protection.
pub const CP: u8 = 21;
/// #VC: VMM communication (AMD).
pub const VC: u8 = 29;
/// #SX: security exception (AMD).
pub const SX: u8 = 30;

/// How many vectors, from 0, are the architecture's own (Intel SDM vol. 3, 6.2 "Exception and Interrupt Vectors"; AMD APM
/// vol. 2, 8.2 "Vectors").
pub const ARCHITECTURAL: u8 = 32;

/// Whether delivery through the IDT pushes an error code (Intel SDM vol. 3, Table 6-1 "Protected-Mode Exceptions and
/// Interrupts"; AMD APM vol. 2, 8.2 "Vectors", which alone has #CP, #VC and #SX). Real mode never does.
pub const fn pushes_error_code(vector: u8) -> bool {
    matches!(vector, DF | TS | NP | SS | GP | PF | AC | CP | VC | SX)
}

/// How an exception combines with another one that is raised during its delivery (Intel SDM vol. 3, Table 6-4 "Interrupt and
/// Exception Classes"; AMD APM vol. 2, 8.2.9 "#DF-Double-Fault Exception (Vector 8)").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The two are delivered one after the other; interrupts and NMIs are benign, too.
    Benign,
    /// Two of them are a double fault.
    Contributory,
    /// A page fault or contributory exception during its delivery is a double fault.
    PageFault,
    /// A further fault is a shutdown.
    DoubleFault,
}

/// Whether the bitmap of intercepted exceptions has this vector: bit 0 is vector 0 (Intel SDM vol. 3, 24.6.3 "Exception Bitmap"; AMD APM
/// vol. 2, 15.12 "Exception Intercepts").
pub const fn in_bitmap(bitmap: u32, vector: u8) -> bool {
    vector < ARCHITECTURAL && bitmap >> vector & 1 != 0
}

/// The class of the exception with this vector.
pub const fn class(vector: u8) -> Class {
    match vector {
        DE | TS | NP | SS | GP => Class::Contributory,
        PF => Class::PageFault,
        DF => Class::DoubleFault,
        _ => Class::Benign,
    }
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
        for vector in 0..ARCHITECTURAL {
            assert_eq!(pushes_error_code(vector), ERROR_CODES[usize::from(vector)], "vector {vector}");
        }
        assert!(!pushes_error_code(ARCHITECTURAL));
    }

    #[test]
    fn a_bitmap_has_a_bit_for_each_exception() {
        assert!(
            in_bitmap(1 << 14, PF) && !in_bitmap(1 << 14, GP) && in_bitmap(1 << 31, 31) && !in_bitmap(u32::MAX, 32)
        );
    }

    #[test]
    fn classes_are_those_of_table_6_4() {
        for vector in [1, 2, 3, 4, 5, 6, 7, 9, 16, 17, 18, 19] {
            assert_eq!(class(vector), Class::Benign, "vector {vector}");
        }
        for vector in [0, 10, 11, 12, 13] {
            assert_eq!(class(vector), Class::Contributory, "vector {vector}");
        }
        assert_eq!((class(14), class(8)), (Class::PageFault, Class::DoubleFault));
    }
}
