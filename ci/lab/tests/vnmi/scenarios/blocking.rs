//! What V_NMI_MASK blocks, and what ends it.

use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, clear, set};

/// The handler stops at its start and before its IRET.
const TWO_LOOKS: &str = "
    mark 9
done:
    vmmcall
nmi:
    mark 1
    frame
handler:
    vmmcall
    mark 2
late:
    vmmcall
    iretd
";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "V_NMI_MASK loaded by VMRUN holds V_NMI; both are written back",
        mode: Mode::Protected,
        guest: TWO_LOOKS,
        steps: &[&[set(INT_CTL, V_NMI | V_NMI_MASK)]],
        expect: &["VMMCALL at done, trail 9, V_NMI, V_NMI_MASK"],
    },
    Scenario {
        name: "a second one set in the handler is held, and taken at the boundary after IRET",
        mode: Mode::Protected,
        guest: TWO_LOOKS,
        steps: &[&[set(INT_CTL, V_NMI)], &[set(INT_CTL, V_NMI)], &[], &[], &[]],
        expect: &[
            "VMMCALL at handler, trail 1, frame guest, V_NMI_MASK",
            "VMMCALL at late, trail 12, V_NMI, V_NMI_MASK",
            "VMMCALL at handler, trail 121, frame guest, V_NMI_MASK",
            "VMMCALL at late, trail 1212, V_NMI_MASK",
            "VMMCALL at done, trail 12129",
        ],
    },
    Scenario {
        name: "one that the hypervisor withdraws while it is held is not taken",
        mode: Mode::Protected,
        guest: TWO_LOOKS,
        steps: &[&[set(INT_CTL, V_NMI)], &[set(INT_CTL, V_NMI)], &[clear(INT_CTL, V_NMI)]],
        expect: &[
            "VMMCALL at handler, trail 1, frame guest, V_NMI_MASK",
            "VMMCALL at late, trail 12, V_NMI, V_NMI_MASK",
            "VMMCALL at done, trail 129",
        ],
    },
    Scenario {
        name: "the IRET of an exception inside the handler unblocks",
        mode: Mode::Protected,
        guest: "
            vmmcall
        nmi:
            vmmcall
            inc dword [count]
            cmp dword [count], 2
            je  second
            int3
        after_breakpoint:
            iretd
        second:
            frame
        entered:
            vmmcall
        breakpoint:
            mark 3
            iretd
        count:
            dd 0
        ",
        steps: &[&[set(INT_CTL, V_NMI)], &[set(INT_CTL, V_NMI)], &[]],
        expect: &[
            "VMMCALL at nmi, V_NMI_MASK",
            "VMMCALL at nmi, trail 3, V_NMI_MASK",
            "VMMCALL at entered, trail 3, frame after_breakpoint, V_NMI_MASK",
        ],
    },
    Scenario {
        name: "an IRET that faults keeps V_NMI_MASK, until the fault handler's IRET completes",
        mode: Mode::Protected,
        guest: "
            mark 9
        done:
            vmmcall
        nmi:
            mark 1
            cmp eax, 1
            jne second
            push 2
            push 0              ; a null code segment
            push resumed
        faulting:
            iretd
        resumed:
            mark 8
            vmmcall
        gp:
            mark 3
            add esp, 4          ; the error code
            frame
        in_fault:
            vmmcall
            mov dword [esp], resumed
            iretd
        second:
            frame
        taken:
            vmmcall
        ",
        steps: &[&[set(INT_CTL, V_NMI)], &[set(INT_CTL, V_NMI)]],
        expect: &[
            "VMMCALL at in_fault, trail 13, frame faulting, V_NMI_MASK",
            "VMMCALL at taken, trail 131, frame resumed, V_NMI_MASK",
        ],
    },
    Scenario {
        name: "an IRET beyond the limit faults in real mode, and keeps V_NMI_MASK",
        mode: Mode::Real,
        guest: "
            vmmcall
        nmi:
            mark 1
            push dword 2
            push dword 800h
            push dword 10000h
        faulting:
            iretd
        gp:
            mark 3
            frame
        in_fault:
            vmmcall
            mov bp, sp
            mov word [bp], resumed
            iret
        resumed:
            vmmcall
        ",
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at in_fault, trail 13, frame faulting, V_NMI_MASK", "VMMCALL at resumed, trail 13"],
    },
    Scenario {
        name: "an intercepted IRET has not completed: V_NMI_MASK stays",
        mode: Mode::Protected,
        guest: "
            mark 9
        done:
            vmmcall
        nmi:
            mark 1
        back:
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI), set(INTERCEPTS, INTERCEPT_IRET)], &[clear(INTERCEPTS, INTERCEPT_IRET)]],
        expect: &["IRET at back, trail 1, V_NMI_MASK", "VMMCALL at done, trail 19"],
    },
    Scenario {
        name: "a fault of the delivery that the guest takes itself leaves V_NMI_MASK set",
        mode: Mode::Protected,
        guest: "
            mark 9
        done:
            vmmcall
        np:
            mark 4
            add esp, 4          ; the error code
            frame
        not_present:            ; the guest has no gate for NMI
            vmmcall
            iretd
        ",
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at not_present, trail 4, frame guest, V_NMI_MASK", "VMMCALL at done, trail 49"],
    },
];
