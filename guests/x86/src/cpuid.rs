//! CPUID (Intel SDM vol. 2, "CPUID-CPU Identification"; AMD APM vol. 3, appendix E "Obtaining Processor Information Via the CPUID
//! Instruction").

use bitfield_struct::bitfield;

/// The vendor's name, in EBX, EDX and ECX of function 0: AMD's processors (AMD APM vol. 3, appendix E.3.1 "Function 0h").
pub const AMD: [u8; 12] = *b"AuthenticAMD";
/// The vendor's name on Hygon's processors, which derive from AMD's.
pub const HYGON: [u8; 12] = *b"HygonGenuine";
/// The vendor's name on Intel's processors (Intel SDM vol. 2, "CPUID-CPU Identification", table 3-8).
pub const INTEL: [u8; 12] = *b"GenuineIntel";

/// EAX of function 1 (Intel SDM vol. 2, "CPUID-CPU Identification", figure 3-6; AMD APM vol. 3, appendix E.3.2 "Function 1h").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Signature {
    /// Stepping.
    #[bits(4)]
    pub stepping: u8,
    /// Bits 3:0 of the model.
    #[bits(4)]
    pub base_model: u8,
    /// The family, up to 15.
    #[bits(4)]
    pub base_family: u8,
    /// Processor type (Intel).
    #[bits(2)]
    pub kind: u8,
    #[bits(2)]
    __: u8,
    /// Bits 7:4 of the model.
    #[bits(4)]
    pub extended_model: u8,
    /// What the family exceeds 15 by.
    pub extended_family: u8,
    #[bits(4)]
    __: u8,
}

impl Signature {
    /// The highest family, model and stepping that it can hold.
    pub const MOST: (u16, u8, u8) = (0xf + 0xff, 0xff, 0xf);

    /// The signature of this family, model and stepping.
    pub const fn of(family: u16, model: u8, stepping: u8) -> Self {
        let (base, extended) = if family > 0xf { (0xf, (family - 0xf) as u8) } else { (family as u8, 0) };
        Self::new()
            .with_stepping(stepping)
            .with_base_model(model & 0xf)
            .with_extended_model(model >> 4)
            .with_base_family(base)
            .with_extended_family(extended)
    }
}

/// EBX of function 1 (the same sections).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Identification {
    /// Brand index.
    pub brand: u8,
    /// Size of the line that CLFLUSH writes back, in units of 8 bytes.
    pub line_size: u8,
    /// How many APIC IDs are reserved for the package.
    pub processors: u8,
    /// The APIC ID after reset.
    pub apic_id: u8,
}

/// EAX of function 0Ah (Intel SDM vol. 2, "CPUID-CPU Identification", table 3-8).
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct Performance {
    /// The version of architectural performance monitoring; 0 for none.
    pub version: u8,
    /// Counters.
    pub counters: u8,
    /// Bits in a counter.
    pub width: u8,
    /// How many bits of EBX are valid, one for each event.
    pub events: u8,
}

/// Numbers of functions.
pub mod leaf {
    /// Vendor, and the highest standard function.
    pub const VENDOR: u32 = 0;
    /// Family, model, stepping, features.
    pub const FEATURES: u32 = 1;
    /// Performance counters (Intel).
    pub const PERFORMANCE: u32 = 0xa;
    /// Topology.
    pub const TOPOLOGY: u32 = 0xb;
    /// Topology, second version (Intel).
    pub const TOPOLOGY_V2: u32 = 0x1f;
    /// The highest extended function.
    pub const EXTENDED: u32 = 0x8000_0000;
    /// Extended features.
    pub const EXTENDED_FEATURES: u32 = 0x8000_0001;
    /// Secure virtual machine (AMD).
    pub const SVM: u32 = 0x8000_000a;
    /// Topology (AMD).
    pub const AMD_TOPOLOGY: u32 = 0x8000_001e;
}

/// Bits of ECX of function 1.
pub mod features_ecx {
    /// VMX: VMXON and its companions (Intel).
    pub const VMX: u32 = 1 << 5;
    /// x2APIC.
    pub const X2APIC: u32 = 1 << 21;
    /// Running under a hypervisor.
    pub const HYPERVISOR: u32 = 1 << 31;
}

/// Bits of EDX of function 1.
pub mod features_edx {
    /// x87 unit.
    pub const FPU: u32 = 1 << 0;
    /// 4 MiB pages.
    pub const PSE: u32 = 1 << 3;
    /// Time-stamp counter.
    pub const TSC: u32 = 1 << 4;
    /// RDMSR and WRMSR.
    pub const MSR: u32 = 1 << 5;
    /// Physical-address extension.
    pub const PAE: u32 = 1 << 6;
    /// CMPXCHG8B.
    pub const CX8: u32 = 1 << 8;
    /// Local APIC.
    pub const APIC: u32 = 1 << 9;
    /// Global pages.
    pub const PGE: u32 = 1 << 13;
    /// CMOVcc.
    pub const CMOV: u32 = 1 << 15;
}

/// Bits of ECX of function 80000001h.
pub mod extended_ecx {
    /// SVM: VMRUN and its companions (AMD).
    pub const SVM: u32 = 1 << 2;
    /// Six performance counters with addresses of their own (AMD).
    pub const PERF_CTR_CORE: u32 = 1 << 23;
}

/// Bits of EDX of function 80000001h.
pub mod extended_edx {
    /// SYSCALL and SYSRET.
    pub const SYSCALL: u32 = 1 << 11;
    /// No-execute pages.
    pub const NX: u32 = 1 << 20;
    /// Long mode.
    pub const LONG_MODE: u32 = 1 << 29;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_where_the_manuals_put_them() {
        // A Zen 3 desktop processor and a Coffee Lake, as their vendors' guides name them.
        assert_eq!(Signature::of(0x19, 0x21, 0).into_bits(), 0x00a2_0f10);
        assert_eq!(Signature::of(0x06, 0x9e, 0xa).into_bits(), 0x0009_06ea);
        assert_eq!(Identification::from_bits(0x0102_0800).apic_id(), 1);
        assert_eq!(Identification::from_bits(0x0102_0800).processors(), 2);
        let counters = Performance::from_bits(0x0730_0102);
        assert_eq!((counters.version(), counters.counters(), counters.width(), counters.events()), (2, 1, 48, 7));
    }

    #[test]
    fn functions_have_their_numbers() {
        assert_eq!([leaf::VENDOR, leaf::FEATURES, leaf::PERFORMANCE], [0x0, 0x1, 0xa]);
        assert_eq!([leaf::TOPOLOGY, leaf::TOPOLOGY_V2], [0xb, 0x1f]);
        assert_eq!([leaf::EXTENDED, leaf::EXTENDED_FEATURES], [0x8000_0000, 0x8000_0001]);
        assert_eq!([leaf::SVM, leaf::AMD_TOPOLOGY], [0x8000_000a, 0x8000_001e]);
    }

    #[test]
    fn features_have_their_bits() {
        use features_edx::{APIC, CMOV, CX8, FPU, MSR, PAE, PGE, PSE, TSC};
        assert_eq!(
            [FPU, PSE, TSC, MSR, PAE, CX8, APIC, PGE, CMOV],
            [0x0001, 0x0008, 0x0010, 0x0020, 0x0040, 0x0100, 0x0200, 0x2000, 0x8000]
        );
        assert_eq!([features_ecx::VMX, features_ecx::X2APIC, features_ecx::HYPERVISOR], [0x20, 0x20_0000, 0x8000_0000]);
        assert_eq!([extended_ecx::SVM, extended_ecx::PERF_CTR_CORE], [4, 0x80_0000]);
        assert_eq!([extended_edx::SYSCALL, extended_edx::NX, extended_edx::LONG_MODE], [0x800, 0x10_0000, 0x2000_0000]);
    }
}
