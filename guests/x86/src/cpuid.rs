//! CPUID (Intel SDM vol. 2, "CPUID-CPU Identification"; AMD APM vol. 3, appendix E "Obtaining Processor Information Via the CPUID
//! Instruction").

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
