//! EVENTINJ beside NMI virtualization, and exits while an NMI is being delivered.

use crate::image::VMCB;
use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, clear, set, write};

const HANDLED: &str = "
    mark 9
done:
    vmmcall
nmi:
    mark 1
    frame
handler:
    vmmcall
    iretd
";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "EVENTINJ of an NMI sets V_NMI_MASK",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[write(EVENTINJ, NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, frame guest, V_NMI_MASK", "VMMCALL at done, trail 19"],
    },
    Scenario {
        name: "EVENTINJ of an NMI without V_NMI_ENABLE leaves V_NMI_MASK alone",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[clear(INT_CTL, V_NMI_ENABLE), write(EVENTINJ, NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, frame guest", "VMMCALL at done, trail 19"],
    },
    Scenario {
        name: "injected and pending: both are taken, the injected one first",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[write(EVENTINJ, NMI), set(INT_CTL, V_NMI)], &[], &[]],
        expect: &[
            "VMMCALL at handler, trail 1, frame guest, V_NMI, V_NMI_MASK",
            "VMMCALL at handler, trail 11, frame guest, V_NMI_MASK",
            "VMMCALL at done, trail 119",
        ],
    },
    Scenario {
        name: "a #VMEXIT while it is delivered: V_NMI and V_NMI_MASK are 0, EXITINTINFO holds it",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[
            &[set(INT_CTL, V_NMI), write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)],
            &[write(IDT_LIMIT, 0xFF), write(EVENTINJ, NMI)],
            &[],
        ],
        expect: &[
            "#GP at guest, delivering NMI",
            "VMMCALL at handler, trail 1, frame guest, V_NMI_MASK",
            "VMMCALL at done, trail 19",
        ],
    },
    Scenario {
        name: "the same in real mode",
        mode: Mode::Real,
        guest: HANDLED,
        steps: &[&[set(INT_CTL, V_NMI), write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering NMI"],
    },
    Scenario {
        name: "a #VMEXIT while an injected one is delivered: V_NMI_MASK is 0, EXITINTINFO holds it",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[write(EVENTINJ, NMI), write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering NMI"],
    },
    Scenario {
        name: "VMEXIT_INVALID is no exit of a delivery: V_NMI_MASK stays",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[clear(INTERCEPTS, INTERCEPT_NMI), set(INT_CTL, V_NMI_MASK), write(EVENTINJ, NMI)]],
        expect: &["INVALID at guest, V_NMI_MASK"],
    },
    Scenario {
        name: "a #VMEXIT while INT3 is delivered: EXITINTINFO holds an exception",
        mode: Mode::Protected,
        guest: "
            int3
        ",
        steps: &[&[write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering type 3 vector 3"],
    },
    Scenario {
        name: "a #VMEXIT while INT n is delivered: EXITINTINFO holds a software interrupt",
        mode: Mode::Protected,
        guest: "
            db 0CDh, 3
        ",
        steps: &[&[write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering type 4 vector 3"],
    },
    Scenario {
        name: "a #VMEXIT while a virtual interrupt is delivered: V_IRQ is 0, EXITINTINFO holds an interrupt",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[
            set(INT_CTL, V_IRQ | V_IGN_TPR),
            write(V_INTR_VECTOR, 0x20),
            set(RFLAGS, 0x200),
            write(EXCEPTION_INTERCEPTS, 1 << 13),
            write(IDT_LIMIT, 0),
        ]],
        expect: &["#GP at guest, delivering type 0 vector 32"],
    },
    Scenario {
        name: "a #VMEXIT while a physical NMI is delivered: EXITINTINFO holds an NMI",
        mode: Mode::Protected,
        guest: HANDLED,
        // ICR: destination 0, delivery mode NMI. GIF is 0 outside the guest, so it waits for VMRUN.
        steps: &[&[
            write(0xFEE0_0300u32.wrapping_sub(VMCB as u32), 0x400),
            clear(INT_CTL, V_NMI_ENABLE),
            clear(INTERCEPTS, INTERCEPT_NMI),
            write(EXCEPTION_INTERCEPTS, 1 << 13),
            write(IDT_LIMIT, 0),
        ]],
        expect: &["#GP at guest, delivering NMI"],
    },
    Scenario {
        name: "INT3 is intercepted as #BP, INT n as itself",
        mode: Mode::Protected,
        guest: "
            int3
            int3
        second:
            db 0CDh, 3
        third:
            vmmcall
        breakpoint:
            frame
        handler:
            vmmcall
            iretd
        ",
        steps: &[
            &[set(INTERCEPTS, INTERCEPT_INT_N)],
            &[write(EXCEPTION_INTERCEPTS, 1 << 3)],
            &[write(EXCEPTION_INTERCEPTS, 0), clear(INTERCEPTS, INTERCEPT_INT_N)],
            &[write(EXCEPTION_INTERCEPTS, 1 << 3), set(INTERCEPTS, INTERCEPT_INT_N)],
        ],
        expect: &[
            "VMMCALL at handler, frame guest+1",
            "exit 43h at guest+1",
            "VMMCALL at handler, frame second",
            "exit 75h at second",
        ],
    },
    Scenario {
        name: "EVENTINJ of #BP checks the gate's privilege as INT3 does",
        mode: Mode::Protected,
        guest: "
            vmmcall
        breakpoint:
            vmmcall
        ",
        steps: &[&[
            write(CS, 0x1B | 0xCFB << 16),
            write(SS, 0x23 | 0xCF3 << 16),
            set(CPL, 3 << 24),
            write(EXCEPTION_INTERCEPTS, 1 << 10 | 1 << 13), // #TS would be that there is no stack for it
            write(EVENTINJ, BREAKPOINT),
        ]],
        expect: &["#GP at guest, delivering type 3 vector 3"],
    },
    Scenario {
        name: "an injected #BP returns to rIP, for NextRIP is not announced",
        mode: Mode::Protected,
        guest: "
            vmmcall
        breakpoint:
            frame
        handler:
            vmmcall
        ",
        steps: &[&[write(EVENTINJ, BREAKPOINT), write(NRIP, 0x1000)]],
        expect: &["VMMCALL at handler, frame guest"],
    },
];
