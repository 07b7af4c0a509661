//! EVENTINJ beside NMI virtualization, and exits while an NMI is being delivered.

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
];
