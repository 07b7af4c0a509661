//! Intercepts and exit codes (AMD APM vol. 2, appendix B, table B-1, and appendix C "SVM Intercept Exit Codes").

use super::field;

/// An intercept other than those of exceptions: a bit in one of the words from [`field::INTERCEPTS`] on (AMD APM vol. 2,
/// appendix B, table B-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intercept(u8);

impl Intercept {
    /// INTR: physical interrupts.
    pub const INTR: Self = Self(0);
    /// NMI.
    pub const NMI: Self = Self(1);
    /// SMI.
    pub const SMI: Self = Self(2);
    /// VINTR: virtual interrupts.
    pub const VINTR: Self = Self(4);
    /// PUSHF.
    pub const PUSHF: Self = Self(16);
    /// POPF.
    pub const POPF: Self = Self(17);
    /// CPUID.
    pub const CPUID: Self = Self(18);
    /// RSM.
    pub const RSM: Self = Self(19);
    /// IRET.
    pub const IRET: Self = Self(20);
    /// INT n.
    pub const INTN: Self = Self(21);
    /// HLT.
    pub const HLT: Self = Self(24);
    /// Shutdown events.
    pub const SHUTDOWN: Self = Self(31);
    /// VMRUN; unless it is intercepted, VMRUN does not enter the guest.
    pub const VMRUN: Self = Self(32);
    /// VMMCALL.
    pub const VMMCALL: Self = Self(33);
    /// VMLOAD.
    pub const VMLOAD: Self = Self(34);
    /// VMSAVE.
    pub const VMSAVE: Self = Self(35);
    /// STGI.
    pub const STGI: Self = Self(36);
    /// CLGI.
    pub const CLGI: Self = Self(37);
    /// Idle HLT: HLT while no virtual interrupt and no virtual NMI is pending.
    pub const IDLE_HLT: Self = Self(70);

    /// The intercepts by name.
    pub const NAMED: [(&'static str, Self); 19] = [
        ("INTR", Self::INTR),
        ("NMI", Self::NMI),
        ("SMI", Self::SMI),
        ("VINTR", Self::VINTR),
        ("PUSHF", Self::PUSHF),
        ("POPF", Self::POPF),
        ("CPUID", Self::CPUID),
        ("RSM", Self::RSM),
        ("IRET", Self::IRET),
        ("INTN", Self::INTN),
        ("HLT", Self::HLT),
        ("SHUTDOWN", Self::SHUTDOWN),
        ("VMRUN", Self::VMRUN),
        ("VMMCALL", Self::VMMCALL),
        ("VMLOAD", Self::VMLOAD),
        ("VMSAVE", Self::VMSAVE),
        ("STGI", Self::STGI),
        ("CLGI", Self::CLGI),
        ("IDLE_HLT", Self::IDLE_HLT),
    ];

    /// Offset in the VMCB of the 32-bit word that holds its bit.
    pub const fn offset(self) -> u16 {
        field::INTERCEPTS.offset + self.0 as u16 / 32 * 4
    }

    /// Its bit in that word.
    pub const fn bit(self) -> u32 {
        1 << (self.0 % 32)
    }

    /// The EXITCODE with which it exits: 60h plus the bit's number, except for Idle HLT (AMD APM vol. 2, appendix C "SVM
    /// Intercept Exit Codes").
    pub const fn exit_code(self) -> u64 {
        match self {
            Self::IDLE_HLT => exit::IDLE_HLT,
            Self(number) => 0x60 + number as u64,
        }
    }
}

/// EXITCODE (AMD APM vol. 2, appendix C "SVM Intercept Exit Codes"); for those of intercepts see [`Intercept::exit_code`].
pub mod exit {
    /// Idle HLT.
    pub const IDLE_HLT: u64 = 0xa6;
    /// A nested page fault.
    pub const NPF: u64 = 0x400;
    /// VMEXIT_INVALID: the VMCB's state is not consistent.
    pub const INVALID: u64 = u64::MAX;

    /// An exception that was intercepted.
    pub const fn exception(vector: u8) -> u64 {
        0x40 + vector as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intercepts_have_their_bits_and_codes() {
        let of = |one: Intercept| (one.offset(), one.bit().trailing_zeros(), one.exit_code());
        assert_eq!(of(Intercept::INTR), (0x00c, 0, 0x60));
        assert_eq!(of(Intercept::NMI), (0x00c, 1, 0x61));
        assert_eq!(of(Intercept::IRET), (0x00c, 20, 0x74));
        assert_eq!(of(Intercept::SHUTDOWN), (0x00c, 31, 0x7f));
        assert_eq!(of(Intercept::VMRUN), (0x010, 0, 0x80));
        assert_eq!(of(Intercept::CLGI), (0x010, 5, 0x85));
        assert_eq!(of(Intercept::IDLE_HLT), (0x014, 6, 0xa6));
        assert_eq!((exit::exception(11), exit::INVALID), (0x4b, u64::MAX));
    }
}
