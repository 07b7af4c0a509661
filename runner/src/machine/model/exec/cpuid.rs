use x86::cpuid::{extended_ecx, extended_edx, features_ecx, features_edx as edx, leaf};

use x86::svm::features_edx as svm;

use super::super::cpu::Core;
use crate::terms::Vendor;

/// CPUID Fn0000_0001 EDX.
const FEATURES: u32 =
    edx::FPU | edx::PSE | edx::TSC | edx::MSR | edx::PAE | edx::CX8 | edx::APIC | edx::PGE | edx::CMOV;
/// CPUID Fn0000_0001 ECX.
const FEATURES_C: u32 = features_ecx::X2APIC | features_ecx::HYPERVISOR;
/// CPUID Fn8000_0001 EDX.
const EXTENDED: u32 = extended_edx::SYSCALL | extended_edx::NX | extended_edx::LONG_MODE;
/// CPUID Fn0000_0001 EAX: family, model and stepping of a Zen 3 and of a Coffee Lake.
const AMD_SIGNATURE: u32 = 0x00a2_0f10;
const INTEL_SIGNATURE: u32 = 0x0009_06ea;
/// CPUID Fn8000_000A EAX, EBX and EDX: revision 1, sixteen address spaces.
const SVM_REVISION: u32 = 1;
const SVM_SPACES: u32 = 16;
const SVM_FEATURES: u32 = svm::NRIPS | svm::VGIF | svm::VNMI | svm::IDLE_HLT;
/// CPUID Fn0000_000A EAX: version 2, one counter of 48 bits.
const COUNTERS: u32 = 0x0730_0102;

impl Core<'_> {
    /// CPUID: as much as a guest of this suite could ask.
    pub(super) fn cpuid(&mut self) {
        let name: &[u8; 12] = match self.cpu.vendor {
            Vendor::Amd => b"AuthenticAMD",
            Vendor::Intel => b"GenuineIntel",
        };
        let word = |at: usize| u32::from_le_bytes([name[at], name[at + 1], name[at + 2], name[at + 3]]);
        let (vendor, id) = (self.cpu.vendor, u32::from(self.cpu.id));
        let [a, b, c, d] = match (self.cpu.regs.general[0] as u32, vendor) {
            (leaf::VENDOR, _) => [leaf::PERFORMANCE, word(0), word(8), word(4)],
            (leaf::FEATURES, Vendor::Amd) => [AMD_SIGNATURE, id << 24, FEATURES_C, FEATURES],
            (leaf::FEATURES, Vendor::Intel) => [INTEL_SIGNATURE, id << 24, FEATURES_C | features_ecx::VMX, FEATURES],
            (leaf::PERFORMANCE, Vendor::Intel) => [COUNTERS, 0, 0, 0],
            (leaf::EXTENDED, Vendor::Amd) => [leaf::SVM, word(0), word(8), word(4)],
            (leaf::EXTENDED, _) => [leaf::EXTENDED_FEATURES, word(0), word(8), word(4)],
            (leaf::EXTENDED_FEATURES, Vendor::Amd) => [0, 0, extended_ecx::SVM | extended_ecx::PERF_CTR_CORE, EXTENDED],
            (leaf::SVM, Vendor::Amd) => [SVM_REVISION, SVM_SPACES, 0, SVM_FEATURES],
            (leaf::EXTENDED_FEATURES, Vendor::Intel) => [0, 0, 0, EXTENDED],
            _ => [0; 4],
        };
        let general = &mut self.cpu.regs.general;
        general[0] = a.into();
        general[1] = c.into();
        general[2] = d.into();
        general[3] = b.into();
    }
}
