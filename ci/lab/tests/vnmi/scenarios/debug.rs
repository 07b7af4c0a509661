//! Single steps, which KVM's own step past an IRET depends on.

use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, set, write};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "STI with TF set traps right after itself",
        mode: Mode::Protected,
        guest: "
            push 102h
            popfd
            sti
        first:
            nop
            vmmcall
        trap:
            frame
        entered:
            vmmcall
        ",
        steps: &[&[]],
        expect: &["VMMCALL at entered, frame first"],
    },
    Scenario {
        name: "STI in the shadow of an STI, too",
        mode: Mode::Protected,
        guest: "
            sti
        first:
            nop
            vmmcall
        trap:
            frame
        entered:
            vmmcall
        ",
        steps: &[&[write(RFLAGS, 0x102), write(SHADOW, 1)]],
        expect: &["VMMCALL at entered, frame first"],
    },
    Scenario {
        name: "MOV SS delays the trap by one instruction",
        mode: Mode::Protected,
        guest: "
            mov ecx, ss
            push 102h
            popfd
            mov ss, ecx
            nop
        second:
            vmmcall
        trap:
            frame
        entered:
            vmmcall
        ",
        steps: &[&[]],
        expect: &["VMMCALL at entered, frame second"],
    },
    Scenario {
        name: "POPF that clears TF is the last instruction that traps",
        mode: Mode::Protected,
        guest: "
            push 2
            popfd
        first:
            vmmcall
        trap:
            add eax, 1
            frame
            test byte [esp + 9], 1
            jz entered
            iretd
        entered:
            vmmcall
        ",
        steps: &[&[write(RFLAGS, 0x102)]],
        expect: &["VMMCALL at entered, trail 2, frame first"],
    },
    Scenario {
        name: "PAUSE with TF set traps",
        mode: Mode::Protected,
        guest: "
            pause
        first:
            nop
            vmmcall
        trap:
            frame
        entered:
            vmmcall
        ",
        steps: &[&[write(RFLAGS, 0x102)]],
        expect: &["VMMCALL at entered, frame first"],
    },
    Scenario {
        name: "PAUSE ends a shadow",
        mode: Mode::Protected,
        guest: "
            pause
        first:
            nop
            vmmcall
        nmi:
            frame
        entered:
            vmmcall
        ",
        steps: &[&[set(INT_CTL, V_NMI), write(SHADOW, 1)]],
        expect: &["VMMCALL at entered, frame first, V_NMI_MASK"],
    },
];
