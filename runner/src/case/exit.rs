//! The expected state of the VMCB after an exit from L2; that of the VMCS is in [`super::vmx_exit`].

use x86::svm::{Intercept, exit};

use super::delivered::{Delivered, exceptions};
use super::vmx_exit::VmxExitWant;

/// What the VMCB, or the VMCS, must hold after an exit; `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExitWant {
    /// EXITCODE.
    pub code: Option<u64>,
    /// L2's RIP: places as in a frame, several where the manual leaves it open.
    pub rip: Vec<String>,
    /// nRIP: places, as for RIP.
    pub next_rip: Vec<String>,
    /// What EXITINTINFO, or IDT-vectoring information, holds.
    pub delivering: Option<Delivered>,
    /// What EVENTINJ, or VM-entry interruption information, holds.
    pub injecting: Option<Delivered>,
    /// INTERRUPT_SHADOW.
    pub shadow: Option<bool>,
    /// V_NMI.
    pub v_nmi: Option<bool>,
    /// V_NMI_MASK.
    pub v_nmi_mask: Option<bool>,
    /// V_IRQ.
    pub v_irq: Option<bool>,
    /// VGIF.
    pub v_gif: Option<bool>,
    /// The fields that only Intel's processors have.
    pub vmx: VmxExitWant,
}

/// Words for values of EXITCODE other than exceptions.
const CODES: [(&str, u64); 21] = [
    ("intr", Intercept::INTR.exit_code()),
    ("nmi", Intercept::NMI.exit_code()),
    ("smi", Intercept::SMI.exit_code()),
    ("vintr", Intercept::VINTR.exit_code()),
    ("pushf", Intercept::PUSHF.exit_code()),
    ("popf", Intercept::POPF.exit_code()),
    ("cpuid", Intercept::CPUID.exit_code()),
    ("rsm", Intercept::RSM.exit_code()),
    ("iret", Intercept::IRET.exit_code()),
    ("intn", Intercept::INTN.exit_code()),
    ("hlt", Intercept::HLT.exit_code()),
    ("idle-hlt", Intercept::IDLE_HLT.exit_code()),
    ("shutdown", Intercept::SHUTDOWN.exit_code()),
    ("vmrun", Intercept::VMRUN.exit_code()),
    ("vmmcall", Intercept::VMMCALL.exit_code()),
    ("vmload", Intercept::VMLOAD.exit_code()),
    ("vmsave", Intercept::VMSAVE.exit_code()),
    ("stgi", Intercept::STGI.exit_code()),
    ("clgi", Intercept::CLGI.exit_code()),
    ("npf", exit::NPF),
    ("invalid", exit::INVALID),
];

/// Words of `code`.
pub(super) fn codes() -> Vec<(&'static str, u64)> {
    CODES.into_iter().chain(exceptions().map(|(word, vector)| (word, exit::exception(vector)))).collect()
}

/// The word of case files for an EXITCODE, or its number.
pub fn exit_word(code: u64) -> String {
    let known = codes().into_iter().find(|(_, known)| *known == code);
    known.map_or_else(|| format!("code {code:X}h"), |(word, _)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_words() {
        let words = [0x61, 0x4b, 0x81, 0xa6, u64::MAX, 0x99].map(exit_word);
        assert_eq!(words, ["nmi", "np", "vmmcall", "idle-hlt", "invalid", "code 99h"]);
    }
}
