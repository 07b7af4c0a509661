//! Translations of one world are none of the other's. APM volume 2, 15.16 "TLB Control".

use crate::scenario::vmcb::*;
use crate::scenario::{Mode, Scenario, write};

pub(crate) const SCENARIOS: &[Scenario] = &[Scenario {
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
