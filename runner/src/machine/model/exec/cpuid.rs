use super::super::cpu::Core;
use crate::terms::Vendor;

/// CPUID Fn0000_0001 EDX: FPU, PSE, TSC, MSR, PAE, CX8, APIC, PGE, CMOV.
const FEATURES: u32 = 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 9 | 1 << 13 | 1 << 15;
/// CPUID Fn0000_0001 ECX: x2APIC, running under a hypervisor.
const FEATURES_C: u32 = 1 << 21 | 1 << 31;
/// CPUID Fn8000_0001 EDX: SYSCALL, NX, long mode.
const EXTENDED: u32 = 1 << 11 | 1 << 20 | 1 << 29;

impl Core<'_> {
    /// CPUID: as much as a guest of this suite could ask.
    pub(super) fn cpuid(&mut self) {
        let name: &[u8; 12] = match self.rules.vendor {
            Vendor::Amd => b"AuthenticAMD",
            Vendor::Intel => b"GenuineIntel",
        };
        let word = |at: usize| u32::from_le_bytes([name[at], name[at + 1], name[at + 2], name[at + 3]]);
        let (vendor, id) = (self.rules.vendor, u32::from(self.cpu.id));
        let [a, b, c, d] = match (self.cpu.regs.general[0] as u32, vendor) {
            (0, _) => [0xa, word(0), word(8), word(4)],
            (1, Vendor::Amd) => [0x00a2_0f10, id << 24, FEATURES_C, FEATURES],
            (1, Vendor::Intel) => [0x0009_06ea, id << 24, FEATURES_C, FEATURES],
            (0xa, Vendor::Intel) => [0x0730_0102, 0, 0, 0],
            (0x8000_0000, _) => [0x8000_0001, word(0), word(8), word(4)],
            (0x8000_0001, Vendor::Amd) => [0, 0, 1 << 23, EXTENDED],
            (0x8000_0001, Vendor::Intel) => [0, 0, 0, EXTENDED],
            _ => [0; 4],
        };
        let general = &mut self.cpu.regs.general;
        general[0] = a.into();
        general[1] = c.into();
        general[2] = d.into();
        general[3] = b.into();
    }
}
