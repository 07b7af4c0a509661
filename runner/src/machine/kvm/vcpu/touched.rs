//! Which registers a guest can change: the others need no reset, which saves ioctls.
//!
//! This holds only for a guest that did what its program says: after any other end all registers are reset. Those that a guest
//! can use are reset before it, too. All other state is always reset, such as that of the local APIC, which others can change.

use std::sync::Arc;

use guests::{Guest, SectionName};
use iced_x86::{CpuidFeature, Decoder, DecoderOptions, Instruction, Mnemonic};
use x86::vector::DB;

/// Extensions whose instructions change neither x87 nor SSE. What is not named here is taken to change everything.
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

/// Registers that were changed, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Those of x87 and SSE.
    pub(crate) fpu: bool,
    /// DR0 to DR7.
    pub(crate) debug: bool,
    /// The model-specific registers.
    pub(crate) msrs: bool,
}

impl Touched {
    /// All of them, if nothing is known.
    pub(crate) const ALL: Self = Self { fpu: true, debug: true, msrs: true };

    /// The registers of both.
    pub(super) fn or(self, other: Self) -> Self {
        Self { fpu: self.fpu || other.fpu, debug: self.debug || other.debug, msrs: self.msrs || other.msrs }
    }

    /// What a guest's program can read or change. A #DB changes DR6: without a handler of its own that ends the guest.
    fn by(guest: &Guest) -> Self {
        let bits = guest.mode.bits();
        let decode = |bytes| Decoder::new(bits, bytes, DecoderOptions::NONE).into_iter();
        let handles_debug = guest.listing.iter().any(|line| line.section == Some(SectionName::Handler(DB)));
        let program = guest.listing.iter().flat_map(|line| decode(&line.bytes)).map(|instruction| of(&instruction));
        program.fold(Self { fpu: false, debug: handles_debug, msrs: false }, Self::or)
    }
}

fn of(instruction: &Instruction) -> Touched {
    if !instruction.cpuid_features().iter().all(|feature| INTEGER.contains(feature)) {
        return Touched::ALL;
    }
    let registers = [instruction.op0_register(), instruction.op1_register()];
    Touched {
        fpu: instruction.mnemonic() == Mnemonic::Wait,
        debug: registers.iter().any(|register| register.is_dr())
            || matches!(instruction.mnemonic(), Mnemonic::Lidt | Mnemonic::Int1),
        // SYSCALL and its like only use them; loads of FS and GS change a base that is a special register, too.
        msrs: matches!(
            instruction.mnemonic(),
            Mnemonic::Rdmsr
                | Mnemonic::Wrmsr
                | Mnemonic::Swapgs
                | Mnemonic::Syscall
                | Mnemonic::Sysret
                | Mnemonic::Sysenter
                | Mnemonic::Sysexit
        ),
    }
}

/// What guests touch. The last answer is kept, since most trials run one guest several times.
#[derive(Default)]
pub(crate) struct TouchedBy(Option<(Arc<Guest>, Touched)>);

impl TouchedBy {
    /// What the guest's program can read or change.
    pub(crate) fn guest(&mut self, guest: &Arc<Guest>) -> Touched {
        match &self.0 {
            Some((last, touched)) if Arc::ptr_eq(last, guest) => *touched,
            _ => {
                let touched = Touched::by(guest);
                self.0 = Some((Arc::clone(guest), touched));
                touched
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use guests::{Boot, Mode, Program, RaiseBy, Section, Wiring};

    use super::*;

    fn touched(mode: Mode, main: &str, handler: Option<&str>) -> Touched {
        let section = |name, text: &str| Section { name, text: text.to_owned() };
        let handler = handler.map(|word| section(SectionName::from_word(word).expect("a handler"), "iret"));
        let sections = std::iter::once(section(SectionName::Main, &format!("{main}\ndone"))).chain(handler).collect();
        let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
        let guest = guests::build(&Program { sections, boot: Boot::default() }, mode, &wiring).expect("it builds");
        TouchedBy::default().guest(&Arc::new(guest))
    }

    #[test]
    fn what_a_program_can_change_is_told_from_what_it_cannot() {
        for mode in Mode::ALL {
            let told = |main| touched(mode, main, None);
            for main in ["fninit", "fld1", "emms", "movups xmm0, xmm1", "fxsave [2000h]", "xsetbv", "vmmcall"] {
                assert_eq!(told(main), Touched::ALL, "{mode}: {main}");
            }
            let none = Touched { fpu: false, debug: false, msrs: false };
            assert_eq!(told("wait"), Touched { fpu: true, ..none });
            let dr = if mode == Mode::Long { "mov dr7, rax" } else { "mov dr7, eax" };
            for main in [dr, "lidt [2000h]", "int1"] {
                assert_eq!(told(main), Touched { debug: true, ..none }, "{mode}: {main}");
            }
            for main in ["wrmsr", "rdmsr", "sysenter"] {
                assert_eq!(told(main), Touched { msrs: true, ..none }, "{mode}: {main}");
            }
            for main in ["nop", "raise", "snap a", "hlt", "cpuid", "popf\niret"] {
                assert_eq!(told(main), none, "{mode}: {main}");
            }
            assert_eq!(touched(mode, "nop", Some("db")), Touched { debug: true, ..none });
            assert_eq!(touched(mode, "nop", Some("nmi")), none);
        }
    }
}
