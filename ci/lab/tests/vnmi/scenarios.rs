//! Scenarios that no case can express: guests in other modes than the hypervisor, other translations, a machine right after reset,
//! several instructions that QEMU translates at once, and what the manual leaves open and the patches decide.

use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, set, write};

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

/// A case runs after others, whose guests have left the processor as every exit does. APM volume 2, 15.33.2 "Virtual GIF".
const AFTER_RESET: &[Scenario] = &[Scenario {
    name: "not taken by the first guest after reset while VGIF is 0",
    mode: Mode::Protected,
    guest: HANDLED,
    steps: &[&[set(INT_CTL, V_NMI | V_GIF_ENABLE)]],
    expect: &["VMMCALL at done, trail 9, V_NMI"],
}];

/// Cases run their L2 in long mode.
const OTHER_MODES: &[Scenario] = &[
    Scenario {
        name: "taken in 32-bit code: V_NMI cleared, V_NMI_MASK set, cleared by IRET",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, frame guest, V_NMI_MASK", "VMMCALL at done, trail 129"],
    },
    Scenario {
        name: "a #VMEXIT while it is delivered in 32-bit code: V_NMI and V_NMI_MASK are 0, EXITINTINFO holds it",
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
            "VMMCALL at done, trail 129",
        ],
    },
    Scenario {
        name: "taken in real mode: V_NMI cleared, V_NMI_MASK set, cleared by IRET",
        mode: Mode::Real,
        guest: HANDLED_IN_REAL_MODE,
        steps: &[&[set(INT_CTL, V_NMI)], &[]],
        expect: &["VMMCALL at handler, trail 1, V_NMI_MASK", "VMMCALL at done, trail 129"],
    },
    Scenario {
        name: "a #VMEXIT while it is delivered in real mode",
        mode: Mode::Real,
        guest: HANDLED_IN_REAL_MODE,
        steps: &[&[set(INT_CTL, V_NMI), write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering NMI"],
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
];

/// Cases share their page tables between L1 and L2. APM volume 2, 15.16 "TLB Control".
const TRANSLATION: &[Scenario] = &[Scenario {
    name: "each VMRUN translates by the tables that it loads",
    mode: Mode::Protected,
    // Two page directories of 4 MiB pages: the second page leads to where it lies, to 8 MiB or to 12 MiB.
    guest: "
    mov  dword [200000h], 83h
    mov  dword [200004h], 800083h
    mov  dword [201000h], 83h
    mov  dword [201004h], 0C00083h
    mov  dword [400000h], 1
    mov  dword [800000h], 2
    mov  dword [0C00000h], 3
    mark [400000h]
first:
    vmmcall
    mark [400000h]
second:
    vmmcall
    mark [400000h]
third:
    vmmcall
    mark [400000h]
fourth:
    vmmcall
",
    steps: &[
        &[],
        &[write(CR4, 0x10), write(CR3, 0x20_0000), write(CR0, 0x8000_0011)],
        &[write(CR3, 0x20_1000)],
        &[write(CR0, 0x11)],
    ],
    expect: &[
        "VMMCALL at first, trail 1",
        "VMMCALL at second, trail 12",
        "VMMCALL at third, trail 123",
        "VMMCALL at fourth, trail 1231",
    ],
}];

/// For cases QEMU translates each instruction by itself. APM volume 2, 3.1.6 "RFLAGS Register".
const SEVERAL_AT_ONCE: &[Scenario] = &[Scenario {
    name: "an RF that IRET loads lasts for one instruction",
    mode: Mode::Protected,
    // The trail is 2 where the saved RF is clear and 3 where it is set.
    guest: "
            push 10002h
            push 8
            push target
            iretd
        target:
            nop
        second:
            vmmcall
        third:
            vmmcall
        nmi:
            mov eax, [esp + 8]
            shr eax, 16
            or eax, 2
            frame
        entered:
            vmmcall
        ",
    steps: &[&[], &[write(EVENTINJ, NMI)]],
    expect: &["VMMCALL at second", "VMMCALL at entered, trail 2, frame third, V_NMI_MASK"],
}];

/// L2 of a case runs at CPL 0. APM volume 2, 12.2.3 "TSS Selector" and 8.7.3 "Interrupt To Higher Privilege".
const USER: &[Scenario] = &[Scenario {
    name: "an interrupt from CPL 3 takes its stack from the TSS that VMLOAD loads, which is busy",
    mode: Mode::Protected,
    guest: "
            vmmcall
            times 64 db 0
        tss:
            dd 0, 24800h, 16
            times 23 dd 0
        nmi:
            lea eax, [esp + 20]                 ; SS, ESP, EFLAGS, CS and EIP lie on it
            shr eax, 12
            frame
        entered:
            vmmcall
        ",
    steps: &[&[
        write(CS, 0x1B | 0xCFB << 16),
        write(SS, 0x23 | 0xCF3 << 16),
        set(CPL, 3 << 24),
        write(TR, 40 | 0x8B << 16),
        write(TR_LIMIT, 103),
        write(TR_BASE, 0x2_0043),
        write(EVENTINJ, NMI),
    ]],
    expect: &["VMMCALL at entered, trail 24, frame guest, V_NMI_MASK"],
}];

/// The manual leaves these open, so no case may expect them; the patches decide them.
const DECIDED: &[Scenario] = &[
    Scenario {
        name: "a #VMEXIT while an injected one is delivered: V_NMI_MASK is 0, EXITINTINFO holds it",
        mode: Mode::Protected,
        guest: HANDLED,
        steps: &[&[write(EVENTINJ, NMI), write(EXCEPTION_INTERCEPTS, 1 << 13), write(IDT_LIMIT, 0)]],
        expect: &["#GP at guest, delivering NMI"],
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
        name: "INT3 behind an IRET that loads RF saves it clear",
        mode: Mode::Protected,
        // The trail is 2 where the saved RF is clear and 3 where it is set.
        guest: "
            push 10002h
            push 8
            push target
            iretd
        target:
            int3
        behind:
            vmmcall
        breakpoint:
            mov eax, [esp + 8]
            shr eax, 16
            or eax, 2
            frame
        entered:
            vmmcall
        ",
        steps: &[&[]],
        expect: &["VMMCALL at entered, trail 2, frame behind"],
    },
];

pub(crate) fn all() -> impl Iterator<Item = &'static Scenario> {
    [AFTER_RESET, OTHER_MODES, TRANSLATION, SEVERAL_AT_ONCE, USER, DECIDED].into_iter().flatten()
}
