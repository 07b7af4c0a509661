//! When a virtual NMI is taken, and that it is.

use crate::image::VMCB;
use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, clear, set, write};

/// Marks 1 and returns.
const HANDLED: &str = "
    mark 9
done:
    vmmcall
nmi:
    mark 1
    frame
handler:
    vmmcall
    mark 2
back:
    iretd
";

const HANDLED_IN_REAL_MODE: &str = "
    mark 9
done:
    vmmcall
nmi:
    mark 1
    frame
handler:
    vmmcall
    mark 2
back:
    iret
";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "taken before the first instruction: V_NMI cleared, V_NMI_MASK set, cleared by IRET",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, frame guest, V_NMI_MASK", "VMMCALL at done, trail 129"],
    },
    Scenario {
        name: "the same in real mode",
        mode: Mode::Real,
        guest: HANDLED_IN_REAL_MODE,
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, V_NMI_MASK", "VMMCALL at done, trail 129"],
    },
    Scenario {
        name: "enumerated by Fn8000_000A EDX[25]",
        mode: Mode::Protected,
        guest: "
            mov eax, 8000000Ah
            cpuid
            mov eax, edx
            shr eax, 25
            and eax, 1
            xor ebx, ebx
        done:
            vmmcall
        ",
        steps: &[&[]],
        expect: &["VMMCALL at done, trail 1"],
    },
    Scenario {
        name: "not taken without V_NMI_ENABLE",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[clear(INT_CTL, V_NMI_ENABLE), set(INT_CTL, V_NMI)]],
        expect: &["VMMCALL at done, trail 9, V_NMI"],
    },
    Scenario {
        name: "V_NMI_ENABLE without the NMI intercept is VMEXIT_INVALID",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[clear(INTERCEPTS, INTERCEPT_NMI), set(INT_CTL, V_NMI)], &[set(INTERCEPTS, INTERCEPT_NMI)]],
        expect: &["INVALID at guest, V_NMI", "VMMCALL at handler, trail 1, frame guest, V_NMI_MASK"],
    },
    Scenario {
        name: "without V_NMI_ENABLE the NMI intercept may be clear",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[clear(INTERCEPTS, INTERCEPT_NMI), clear(INT_CTL, V_NMI_ENABLE)]],
        expect: &["VMMCALL at done, trail 9"],
    },
    Scenario {
        name: "not taken in an interrupt shadow, which lasts one instruction",
        mode: Mode::Protected,
        guest: "
            nop
        second:
            mark 9
        done:
            vmmcall
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI), write(SHADOW, 1)], &[]],
        expect: &["VMMCALL at handler, frame second, V_NMI_MASK", "VMMCALL at done, trail 9"],
    },
    Scenario {
        name: "a shadow of MOV SS is saved by #VMEXIT, loaded by VMRUN, and holds the NMI",
        mode: Mode::Protected,
        guest: "
            mov ecx, ss
            mov ss, ecx
        in_shadow:
            vmmcall
        next:
            nop
        after:
            vmmcall
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[], &[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at in_shadow, shadow", "VMMCALL at handler, frame after, V_NMI_MASK", "VMMCALL at after"],
    },
    Scenario {
        name: "LSS casts no shadow",
        mode: Mode::Protected,
        guest: "
            lss ecx, [pointer]
        next:
            vmmcall
        pointer:
            dd 0
            dw 16
        ",
        steps: &[&[]],
        expect: &["VMMCALL at next"],
    },
    Scenario {
        name: "a fault in a shadow ends it: the NMI enters the fault's handler",
        mode: Mode::Protected,
        guest: "
            int3
        after:
            vmmcall
        breakpoint:
            mark 3
            iretd
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI), write(SHADOW, 1)], &[]],
        expect: &["VMMCALL at handler, frame breakpoint, V_NMI_MASK", "VMMCALL at after, trail 3"],
    },
    Scenario {
        name: "not taken while VGIF is 0; taken after STGI",
        mode: Mode::Protected,
        guest: "
            mark 9
            stgi
        open:
            clgi
        closed:
            vmmcall
            mark 8
            stgi
        open_again:
            vmmcall
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI | V_GIF_ENABLE)], &[], &[set(INT_CTL, V_NMI)], &[]],
        expect: &[
            "VMMCALL at handler, trail 9, frame open, V_NMI_MASK",
            "VMMCALL at closed, trail 9",
            "VMMCALL at handler, trail 98, frame open_again, V_NMI_MASK",
            "VMMCALL at open_again, trail 98",
        ],
    },
    Scenario {
        name: "with VGIF 1 taken at once",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[set(INT_CTL, V_NMI | V_GIF_ENABLE | V_GIF)]],
        expect: &["VMMCALL at handler, trail 1, frame guest, V_NMI_MASK"],
    },
    Scenario {
        name: "ends a halt, and the frame holds the next instruction",
        mode: Mode::Protected,
        guest: "
            hlt
        after_halt:
            vmmcall
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI), write(SHADOW, 1)], &[]],
        expect: &["VMMCALL at handler, frame after_halt, V_NMI_MASK", "VMMCALL at after_halt"],
    },
    Scenario {
        name: "a physical NMI still exits, and comes before the virtual one",
        mode: Mode::Protected,
        guest: HANDLED,
        // ICR: destination 0, delivery mode NMI. GIF is 0 outside the guest, so it waits for VMRUN.
        steps: &[&[write(0xFEE0_0300u32.wrapping_sub(VMCB as u32), 0x400), set(INT_CTL, V_NMI)]],
        expect: &["physical NMI at guest, V_NMI"],
    },
    Scenario {
        name: "an NMI comes before an instruction breakpoint that VMRUN arms by DR7",
        mode: Mode::Protected,
        guest: "
            mov ecx, after
            mov dr0, ecx
            vmmcall
        after:
            vmmcall
        nmi:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[&[], &[write(DR7, 0x402), write(EXCEPTION_INTERCEPTS, 1 << 1), set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at guest+8", "VMMCALL at handler, frame after, V_NMI_MASK", "#DB at after"],
    },
];
