//! Which guests can use x87 and SSE, whose registers need no reset for the others: each ioctl of a processor has its price.

use std::sync::Arc;

use guests::Guest;
use iced_x86::{CpuidFeature, Decoder, DecoderOptions, Instruction, Mnemonic};

/// Extensions whose instructions leave x87 and SSE alone. What is not named here is taken to use them.
const INTEGER: [CpuidFeature; 18] = [
    CpuidFeature::INTEL8086,
    CpuidFeature::INTEL8086_ONLY,
    CpuidFeature::INTEL186,
    CpuidFeature::INTEL286,
    CpuidFeature::INTEL286_ONLY,
    CpuidFeature::INTEL386,
    CpuidFeature::INTEL386_ONLY,
    CpuidFeature::INTEL486,
    CpuidFeature::X64,
    CpuidFeature::CMOV,
    CpuidFeature::CPUID,
    CpuidFeature::CX8,
    CpuidFeature::MSR,
    CpuidFeature::MULTIBYTENOP,
    CpuidFeature::PAUSE,
    CpuidFeature::SEP,
    CpuidFeature::SYSCALL,
    CpuidFeature::TSC,
];

/// Tells whether guests can use x87 and SSE, and remembers the last one: most trials run the same guest several times.
#[derive(Default)]
pub(crate) struct FpuUse(Option<(Arc<Guest>, bool)>);

impl FpuUse {
    /// Whether an instruction of the guest may read or change the registers of x87 or SSE.
    pub(crate) fn by(&mut self, guest: &Arc<Guest>) -> bool {
        match &self.0 {
            Some((last, uses)) if Arc::ptr_eq(last, guest) => *uses,
            _ => {
                let uses = uses_fpu(guest);
                self.0 = Some((Arc::clone(guest), uses));
                uses
            }
        }
    }
}

fn uses_fpu(guest: &Guest) -> bool {
    let bits = guest.mode.bits();
    let decode = |bytes| Decoder::new(bits, bytes, DecoderOptions::NONE).into_iter();
    guest.listing.iter().any(|line| decode(&line.bytes).any(|instruction| !is_integer(&instruction)))
}

fn is_integer(instruction: &Instruction) -> bool {
    let features = instruction.cpuid_features();
    instruction.mnemonic() != Mnemonic::Wait && features.iter().all(|feature| INTEGER.contains(feature))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use guests::{Boot, Mode, Program, RaiseBy, Section, SectionName, Wiring};

    use super::*;

    fn uses(mode: Mode, text: &str) -> bool {
        let section = Section { name: SectionName::Main, text: format!("{text}\ndone") };
        let program = Program { sections: vec![section], boot: Boot::default() };
        let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
        FpuUse::default().by(&Arc::new(guests::build(&program, mode, &wiring).expect("it builds")))
    }

    #[test]
    fn what_reads_or_changes_their_registers_is_told_from_what_does_not() {
        for mode in Mode::ALL {
            for text in ["fninit", "fld1", "emms", "movups xmm0, xmm1", "fxsave [2000h]", "wait", "xsetbv", "vmrun"] {
                assert!(uses(mode, text), "{mode}: {text}");
            }
            for text in ["nop", "raise", "snap a", "mov eax, cr0", "mov dr0, eax", "wrmsr", "iret", "hlt", "cpuid"] {
                let text = if mode == Mode::Long {
                    text.replace(", cr0", ", ebx").replace("dr0, eax", "dr0, rax")
                } else {
                    text.to_owned()
                };
                assert!(!uses(mode, &text), "{mode}: {text}");
            }
        }
    }
}
