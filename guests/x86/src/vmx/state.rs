//! Guest state in the VMCS other than registers, and access rights of segments (Intel SDM vol. 3, 24.4 "Guest-State Area").

use bitfield_struct::bitfield;

/// The interruptibility state (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State", table 24-3).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Interruptibility {
    /// Blocking by STI.
    pub sti: bool,
    /// Blocking by MOV SS.
    pub mov_ss: bool,
    /// Blocking by SMI.
    pub smi: bool,
    /// Blocking by NMI; of virtual NMIs if those are used.
    pub nmi: bool,
    /// Enclave interruption.
    pub enclave: bool,
    #[bits(27)]
    pub reserved: u32,
}

impl Interruptibility {
    /// Its bits by name.
    pub const NAMED: [(&'static str, u32); 4] = [
        ("STI", Self::new().with_sti(true).into_bits()),
        ("MOV_SS", Self::new().with_mov_ss(true).into_bits()),
        ("SMI", Self::new().with_smi(true).into_bits()),
        ("NMI", Self::new().with_nmi(true).into_bits()),
    ];
}

/// The pending debug exceptions (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State", table 24-4).
pub mod pending_debug {
    /// An enabled breakpoint was met.
    pub const ENABLED_BREAKPOINT: u64 = 1 << 12;
    /// BS: a single step.
    pub const SINGLE_STEP: u64 = 1 << 14;
    /// Bits that must be 0: 11:4, 13, 15 and 63:17.
    pub const RESERVED: u64 = 0xff << 4 | 1 << 13 | 1 << 15 | !0 << 17;

    /// Bits by name.
    pub const NAMED: [(&str, u32); 1] = [("BS", SINGLE_STEP as u32)];
}

/// The activity state (Intel SDM vol. 3, 24.4.2 "Guest Non-Register State").
pub mod activity {
    /// Active.
    pub const ACTIVE: u32 = 0;
    /// HLT.
    pub const HLT: u32 = 1;
    /// Shutdown.
    pub const SHUTDOWN: u32 = 2;
    /// Wait-for-SIPI.
    pub const WAIT_FOR_SIPI: u32 = 3;

    /// The states by name.
    pub const NAMED: [(&str, u32); 4] =
        [("ACTIVE", ACTIVE), ("HLT", HLT), ("SHUTDOWN", SHUTDOWN), ("WAIT_FOR_SIPI", WAIT_FOR_SIPI)];
}

/// Access rights of a segment register in the VMCS (Intel SDM vol. 3, 24.4.1 "Guest Register State", table 24-2).
pub mod rights {
    use crate::segment::Descriptor;

    /// The register is unusable.
    pub const UNUSABLE: u32 = 1 << 16;

    /// The access rights of a register loaded with this descriptor: its type to P in bits 7:0, AVL to G in bits 15:12.
    pub const fn of(descriptor: Descriptor) -> u32 {
        let bits = descriptor.into_bits();
        (bits >> 40 & 0xff | (bits >> 52 & 0xf) << 12) as u32
    }

    /// The descriptor with these rights, and nothing else.
    pub const fn descriptor(rights: u32) -> Descriptor {
        let bits = rights as u64;
        Descriptor::from_bits((bits & 0xff) << 40 | (bits >> 12 & 0xf) << 52)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions<const N: usize>(named: [(&str, u32); N]) -> [u32; N] {
        named.map(|(_, bit)| bit.trailing_zeros())
    }

    #[test]
    fn states_have_their_bits() {
        assert_eq!(positions(Interruptibility::NAMED), [0, 1, 2, 3]);
        assert_eq!(Interruptibility::from_bits(0x20).reserved(), 1);
        assert_eq!(activity::NAMED.map(|(_, state)| state), [0, 1, 2, 3]);
        assert_eq!(pending_debug::ENABLED_BREAKPOINT, 0x1000);
        assert_eq!(pending_debug::SINGLE_STEP, 0x4000);
        assert_eq!(pending_debug::RESERVED, 0xffff_ffff_fffe_aff0);
    }

    #[test]
    fn rights_are_two_parts_of_the_descriptor() {
        let code = crate::segment::Descriptor::from_bits(0x00af_9b00_0000_ffff);
        assert_eq!(rights::of(code), 0xa09b);
        assert_eq!(rights::descriptor(0xa09b).into_bits(), 0x00a0_9b00_0000_0000);
        assert_eq!(rights::UNUSABLE, 0x10000);
    }
}
