//! AMD's secure virtual machine: the VMCB, its intercepts, exit codes and events (AMD APM vol. 2, chapter 15 "Secure Virtual
//! Machine", and appendix B "VMCB Layout").

mod event;
mod intercept;
mod vmcb;

pub use event::*;
pub use intercept::*;
pub use vmcb::*;

/// Bits of EDX of CPUID function 8000_000Ah (AMD APM vol. 3, appendix E.4.8 "Function 8000_000Ah-SVM Features").
pub mod features_edx {
    /// NP: nested paging.
    pub const NP: u32 = 1 << 0;
    /// NRIPS: nRIP is saved.
    pub const NRIPS: u32 = 1 << 3;
    /// VGIF: the global interrupt flag is virtualized.
    pub const VGIF: u32 = 1 << 16;
    /// VNMI: NMIs are virtualized.
    pub const VNMI: u32 = 1 << 25;
    /// IdleHltIntercept.
    pub const IDLE_HLT: u32 = 1 << 30;
}

#[cfg(test)]
mod tests {
    use super::features_edx::{IDLE_HLT, NP, NRIPS, VGIF, VNMI};

    #[test]
    fn features_have_their_bits() {
        assert_eq!(
            [NP, NRIPS, VGIF, VNMI, IDLE_HLT],
            [0x0000_0001, 0x0000_0008, 0x0001_0000, 0x0200_0000, 0x4000_0000]
        );
    }
}
