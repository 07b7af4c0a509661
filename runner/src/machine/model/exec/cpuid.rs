use x86::cpuid::{
    AMD, INTEL, Identification, Performance, Signature, extended_ecx, extended_edx, features_ecx, features_edx as edx,
    leaf,
};
use x86::pmu::WIDTH;
use x86::register::{RAX, RBX, RCX, RDX};
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
const AMD_SIGNATURE: u32 = Signature::of(0x19, 0x21, 0).into_bits();
const INTEL_SIGNATURE: u32 = Signature::of(0x06, 0x9e, 0xa).into_bits();
/// CPUID Fn8000_000A EAX, EBX and EDX: revision 1, sixteen address spaces.
const SVM_REVISION: u32 = 1;
const SVM_SPACES: u32 = 16;
const SVM_FEATURES: u32 = svm::NRIPS | svm::VGIF | svm::VNMI | svm::IDLE_HLT;
/// CPUID Fn0000_000A EAX.
const COUNTERS: u32 = Performance::new().with_version(2).with_counters(1).with_width(WIDTH).with_events(7).into_bits();

impl Core<'_> {
    /// CPUID: as much as a guest of this suite could ask.
    pub(super) fn cpuid(&mut self) {
        let name: &[u8; 12] = match self.cpu.vendor {
            Vendor::Amd => &AMD,
            Vendor::Intel => &INTEL,
        };
        let word = |at: usize| u32::from_le_bytes([name[at], name[at + 1], name[at + 2], name[at + 3]]);
        let vendor = self.cpu.vendor;
        let id = Identification::new().with_apic_id(self.cpu.id).into_bits();
        let [a, b, c, d] = match (self.cpu.regs.general[RAX] as u32, vendor) {
            (leaf::VENDOR, _) => [leaf::PERFORMANCE, word(0), word(8), word(4)],
            (leaf::FEATURES, Vendor::Amd) => [AMD_SIGNATURE, id, FEATURES_C, FEATURES],
            (leaf::FEATURES, Vendor::Intel) => [INTEL_SIGNATURE, id, FEATURES_C | features_ecx::VMX, FEATURES],
            (leaf::PERFORMANCE, Vendor::Intel) => [COUNTERS, 0, 0, 0],
            (leaf::EXTENDED, Vendor::Amd) => [leaf::SVM, word(0), word(8), word(4)],
            (leaf::EXTENDED, _) => [leaf::EXTENDED_FEATURES, word(0), word(8), word(4)],
            (leaf::EXTENDED_FEATURES, Vendor::Amd) => [0, 0, extended_ecx::SVM | extended_ecx::PERF_CTR_CORE, EXTENDED],
            (leaf::SVM, Vendor::Amd) => [SVM_REVISION, SVM_SPACES, 0, SVM_FEATURES],
            (leaf::EXTENDED_FEATURES, Vendor::Intel) => [0, 0, 0, EXTENDED],
            _ => [0; 4],
        };
        let general = &mut self.cpu.regs.general;
        general[RAX] = a.into();
        general[RCX] = c.into();
        general[RDX] = d.into();
        general[RBX] = b.into();
    }
}
