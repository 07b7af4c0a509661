//! The processor features that guests need, as bits that the supervisor reports.

use runner::terms::{Need, Vendor};

/// x2APIC mode (CPUID Fn0000_0001 ECX bit 21).
pub(super) const X2APIC: u32 = 0x1;
/// SVM (AMD APM vol. 3, CPUID Fn8000_0001 ECX bit 2).
pub(super) const SVM: u32 = 0x2;
/// NMI virtualization (AMD APM vol. 3, CPUID Fn8000_000A EDX bit 25).
pub(super) const VNMI: u32 = 0x4;
/// Virtual GIF (AMD APM vol. 3, CPUID Fn8000_000A EDX bit 16).
pub(super) const VGIF: u32 = 0x8;
/// Idle HLT intercept (AMD APM vol. 3, CPUID Fn8000_000A EDX bit 30).
pub(super) const IDLE_HLT: u32 = 0x10;
/// VMX (Intel SDM vol. 2, CPUID Fn0000_0001 ECX bit 5).
pub(super) const VMX: u32 = 0x20;
/// Virtual NMIs (Intel SDM vol. 3, appendix A.3.1 "Pin-Based VM-Execution Controls"); all processors that have them have NMI-window exiting.
pub(super) const VIRTUAL_NMIS: u32 = 0x40;
/// All features that a guest can need.
pub(super) const ALL: u32 = X2APIC | SVM | VNMI | VGIF | IDLE_HLT | VMX | VIRTUAL_NMIS;
/// The processor is AMD's.
pub(super) const AMD: u32 = 0x80;

/// Features that a guest needs of a processor, or that a processor has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features(u32);

impl Features {
    /// The word that the supervisor writes.
    pub fn from_bits(bits: u32) -> Features {
        Features(bits)
    }

    /// As [`Features::from_bits`] takes it.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The features for these needs of a case; needs that are no feature of a processor are left out.
    pub fn of(needs: &[Need]) -> Features {
        Features(needs.iter().filter_map(|&need| bit(need)).fold(0, |bits, bit| bits | bit))
    }

    /// Whose processor it is.
    pub fn vendor(self) -> Vendor {
        if self.0 & AMD == 0 { Vendor::Intel } else { Vendor::Amd }
    }

    /// Whether a need is served.
    pub fn serve(self, need: Need) -> bool {
        bit(need).is_some_and(|bit| self.0 & bit != 0)
    }
}

fn bit(need: Need) -> Option<u32> {
    match need {
        Need::X2Apic => Some(X2APIC),
        Need::Svm => Some(SVM),
        Need::Vnmi => Some(VNMI),
        Need::Vgif => Some(VGIF),
        Need::IdleHlt => Some(IDLE_HLT),
        Need::Vmx => Some(VMX),
        Need::VirtualNmis | Need::NmiWindow | Need::ActivityHlt => Some(VIRTUAL_NMIS),
        _ => None,
    }
}
