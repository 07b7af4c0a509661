//! Single steps and the resume flag, which KVM's own step past an IRET and its breakpoints for the host depend on.

use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, set, write};

/// The rest of a handler that ends the guest with the saved RF: the trail, EAX, is 2 where it is clear and 3 where it is set.
macro_rules! saved_rf {
    () => {
        "
            mov eax, [esp + 8]
            shr eax, 16
            or eax, 2
            frame
        entered:
            vmmcall
        "
    };
}

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
    Scenario {
        name: "INT3 behind an IRET that loads RF saves it clear",
        mode: Mode::Protected,
        guest: concat!(
            "
            push 10002h
            push 8
            push target
            iretd
        target:
            int3
        behind:
            vmmcall
        breakpoint:",
            saved_rf!()
        ),
        steps: &[&[]],
        expect: &["VMMCALL at entered, trail 2, frame behind"],
    },
    Scenario {
        name: "a fault saves RF set",
        mode: Mode::Protected,
        guest: "
            xor ecx, ecx
        faulting:
            mov ss, ecx
            vmmcall
        gp:
            mov eax, [esp + 12]
            shr eax, 16
            or eax, 2
            add esp, 4          ; the error code
            frame
        entered:
            vmmcall
        ",
        steps: &[&[]],
        expect: &["VMMCALL at entered, trail 3, frame faulting"],
    },
    Scenario {
        name: "an RF that IRET loads lasts for one instruction",
        mode: Mode::Protected,
        guest: concat!(
            "
            push 10002h
            push 8
            push target
            iretd
        target:
            nop
        second:
            vmmcall
        third:
            nop
            vmmcall
        nmi:",
            saved_rf!()
        ),
        steps: &[&[], &[write(EVENTINJ, NMI)]],
        expect: &["VMMCALL at second", "VMMCALL at entered, trail 2, frame third, V_NMI_MASK"],
    },
    Scenario {
        name: "an IRET that RF covers keeps the RF that it loads",
        mode: Mode::Protected,
        guest: concat!(
            "
            push 10002h
            push 8
            push target
            push 10002h
            push 8
            push again
            iretd
        again:
            iretd
        target:
            vmmcall
        behind:
            vmmcall
        nmi:",
            saved_rf!()
        ),
        steps: &[&[], &[write(EVENTINJ, NMI)]],
        expect: &["VMMCALL at target", "VMMCALL at entered, trail 3, frame behind, V_NMI_MASK"],
    },
];
