//! Jcc, JMP, CALL, RET, LOOP, INT n, SYSCALL and SYSRET, HLT, PAUSE and NOP.

use guests::Mode;
use x86::control::EFER_SCE;
use x86::flags::{AF, ARITHMETIC, CF, IF, OF, PF, RF, SF, TF, ZF};
use x86::register::{CS, RSP, SS};

use crate::machine::model::cpu::Fault;
use crate::machine::model::exec::{Done, Stepped};
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

/// CF, PF, ZF, SF and OF.
type Condition = fn(bool, bool, bool, bool, bool) -> bool;

/// Intel SDM vol. 2, "Jcc - Jump if Condition Is Met".
const CONDITIONS: &[(&str, Condition)] = &[
    ("jo", |_, _, _, _, of| of),
    ("jno", |_, _, _, _, of| !of),
    ("jb", |cf, _, _, _, _| cf),
    ("jae", |cf, _, _, _, _| !cf),
    ("je", |_, _, zf, _, _| zf),
    ("jne", |_, _, zf, _, _| !zf),
    ("jbe", |cf, _, zf, _, _| cf || zf),
    ("ja", |cf, _, zf, _, _| !cf && !zf),
    ("js", |_, _, _, sf, _| sf),
    ("jns", |_, _, _, sf, _| !sf),
    ("jp", |_, pf, _, _, _| pf),
    ("jnp", |_, pf, _, _, _| !pf),
    ("jl", |_, _, _, sf, of| sf != of),
    ("jge", |_, _, _, sf, of| sf == of),
    ("jle", |_, _, zf, sf, of| zf || sf != of),
    ("jg", |_, _, zf, sf, of| !zf && sf == of),
];

#[test]
fn every_condition_over_every_state_of_its_flags() {
    for &(mnemonic, condition) in CONDITIONS {
        let mut bench = Bench::new(Mode::Long, &format!("{mnemonic} there\nnop\nthere: nop"));
        let (start, there) = (bench.cpu.regs.rip, bench.symbol("there"));
        for state in 0..32u8 {
            let [cf, pf, zf, sf, of] = std::array::from_fn(|bit| state >> bit & 1 != 0);
            let set = [(cf, CF), (pf, PF), (zf, ZF), (sf, SF), (of, OF)];
            let flags: u64 = set.into_iter().filter_map(|(on, flag)| on.then_some(flag)).sum();
            for other in [0, AF] {
                bench.flags(ARITHMETIC, flags | other);
                bench.cpu.regs.rip = start;
                bench.done();
                let taken = bench.cpu.regs.rip == there;
                assert_eq!(taken, condition(cf, pf, zf, sf, of), "{mnemonic} with {flags:#x}");
                assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, flags | other, "{mnemonic}");
            }
        }
    }
}

#[test]
fn loop_counts_in_the_width_of_addresses() {
    // Mode, RCX before and after, taken.
    for (mode, before, after, taken) in [
        (Mode::Real, 0x1_0002, 0x1_0001, true),
        (Mode::Real, 0x1_0001, 0x1_0000, false),
        (Mode::Real, 0x1_0000, 0x1_ffff, true),
        (Mode::Protected, 1, 0, false),
        (Mode::Protected, 0, 0xffff_ffff, true),
        (Mode::Long, 1 << 32 | 1, 1 << 32, true),
        (Mode::Long, 1, 0, false),
        (Mode::Long, 0, u64::MAX, true),
    ] {
        for flags in OPPOSITE_FLAGS {
            let mut bench = Bench::new(mode, "loop there\nnop\nthere: nop");
            bench.flags(ARITHMETIC, flags);
            bench.cpu.regs.general[1] = before;
            bench.done();
            assert_eq!(bench.cpu.regs.general[1], after, "{mode} {before:#x}");
            assert_eq!(bench.cpu.regs.rip == bench.symbol("there"), taken, "{mode} {before:#x}");
            assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, flags);
        }
    }
}

#[test]
fn a_near_call_returns_to_the_instruction_after_it() {
    for flags in OPPOSITE_FLAGS {
        for (mode, size) in [(Mode::Real, 2), (Mode::Protected, 4), (Mode::Long, 8)] {
            for (ret, released) in [("ret", 0), ("ret 8", 8)] {
                let mut bench = Bench::new(mode, &format!("call there\nback: nop\nthere: {ret}")).keeping(flags);
                let stack = bench.cpu.regs.general[RSP];
                bench.done();
                assert_eq!(bench.cpu.regs.rip, bench.symbol("there"));
                assert_eq!(bench.cpu.regs.general[RSP], stack - size as u64, "{mode}");
                assert_eq!(bench.top(size), [bench.symbol("back")], "{mode}");
                bench.done();
                assert_eq!(bench.cpu.regs.rip, bench.symbol("back"));
                assert_eq!(bench.cpu.regs.general[RSP], stack + released, "{mode} {ret}");
            }
        }
    }
}

#[test]
fn a_target_that_is_not_canonical_is_a_fault() {
    for flags in OPPOSITE_FLAGS {
        for text in ["jmp rax", "call rax", "push rax\nret"] {
            let mut bench = Bench::new(Mode::Long, text).keeping(flags);
            bench.cpu.regs.general[0] = 1 << 47;
            if text.starts_with("push") {
                bench.done();
            }
            assert_eq!(bench.fault(), Fault::protection(0), "{text}");
        }
    }
}

#[test]
fn far_transfers_check_their_code_segment() {
    for flags in OPPOSITE_FLAGS {
        // Selector, its fault: null, data, beyond the table, CPL 3, not present.
        let selectors = [
            (0x08, None),
            (0, Some(Fault::protection(0))),
            (0x10, Some(Fault::protection(0x10))),
            (0x1f0, Some(Fault::protection(0x1f0))),
            (0x1b, Some(Fault::protection(0x18))),
            (0x30, Some(Fault::not_present(0x30))),
        ];
        for text in ["jmp far [5000h]", "call far [5000h]"] {
            for (selector, fault) in selectors {
                let mut bench = Bench::new(Mode::Protected, &format!("{text}\nback: nop\nthere: retf")).keeping(flags);
                let there = bench.symbol("there");
                bench.write(DATA, 4, there);
                bench.write(DATA + 4, 2, selector);
                if let Some(fault) = fault {
                    assert_eq!(bench.fault(), fault, "{text} to {selector:#x}");
                    continue;
                }
                bench.done();
                assert_eq!((bench.cpu.regs.rip, bench.cpu.regs.segments[CS].selector), (there, 8), "{text}");
                if text.starts_with("call") {
                    assert_eq!(bench.top(4), [bench.symbol("back"), 8]);
                    bench.done();
                    assert_eq!(bench.cpu.regs.rip, bench.symbol("back"));
                }
            }
        }
    }
}

#[test]
fn far_transfers_of_real_mode_set_the_base() {
    for flags in OPPOSITE_FLAGS {
        for text in ["jmp far [5000h]", "call far [5000h]"] {
            let mut bench = Bench::new(Mode::Real, &format!("{text}\nback: nop\nthere: retf 4")).keeping(flags);
            let there = bench.symbol("there");
            let stack = bench.cpu.regs.general[RSP];
            bench.write(DATA, 2, there - 0x100);
            bench.write(DATA + 2, 2, 0x10);
            bench.done();
            let cs = bench.cpu.regs.segments[CS];
            assert_eq!((bench.cpu.regs.rip, cs.selector, cs.base), (there - 0x100, 0x10, 0x100), "{text}");
            if text.starts_with("call") {
                assert_eq!(bench.top(2), [bench.symbol("back"), 0]);
                bench.done();
                assert_eq!((bench.cpu.regs.rip, bench.cpu.regs.segments[CS].base), (bench.symbol("back"), 0));
                assert_eq!(bench.cpu.regs.general[RSP], stack + 4);
            }
        }
    }
}

#[test]
fn a_far_return_to_an_outer_level_releases_on_both_stacks() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Protected, "retf 8").keeping(flags);
        // EIP, CS, two parameters, ESP, SS.
        let stack = bench.cpu.regs.general[RSP] - 24;
        for (slot, value) in (0..).zip([0x2100, 0x1b, 0, 0, 0x8500, 0x23]) {
            bench.write(stack + 4 * slot, 4, value);
        }
        bench.cpu.regs.general[RSP] = stack;
        bench.done();
        let regs = &bench.cpu.regs;
        assert_eq!((regs.rip, regs.general[RSP], regs.cpl), (0x2100, 0x8508, 3));
        assert_eq!((regs.segments[CS].selector, regs.segments[SS].selector), (0x1b, 0x23));
    }
}

#[test]
fn int_n_saves_the_address_behind_it() {
    for flags in OPPOSITE_FLAGS {
        for (vector, text) in [(0, "int 0"), (2, "int 2"), (0x40, "int 40h"), (0xff, "int 0ffh")] {
            let mut bench = Bench::new(Mode::Real, &format!("{text}\nback: nop")).keeping(flags);
            bench.write(vector * 4, 4, 0x0123_4567);
            let saved = bench.cpu.regs.rflags;
            assert_eq!(bench.done(), Done::Interrupt, "{text}");
            assert_eq!(bench.top(2), [bench.symbol("back"), 0, saved], "{text}");
            assert_eq!((bench.cpu.regs.segments[CS].base, bench.cpu.regs.rip), (0x1230, 0x4567), "{text}");
        }
    }
}

#[test]
fn pause_and_nop_change_the_instruction_pointer_alone() {
    for flags in OPPOSITE_FLAGS {
        for (mode, text) in Mode::ALL.into_iter().flat_map(|mode| [(mode, "pause"), (mode, "nop")]) {
            let mut bench = Bench::new(mode, &format!("{text}\nbehind: nop")).keeping(flags);
            let general = bench.cpu.regs.general;
            assert_eq!(bench.done(), Done::Plain, "{text} in {mode}");
            assert_eq!(
                (bench.cpu.regs.rip, bench.cpu.regs.general),
                (bench.symbol("behind"), general),
                "{text} in {mode}"
            );
        }
    }
}

#[test]
fn rsm_exists_in_smm_alone() {
    for flags in OPPOSITE_FLAGS {
        for mode in Mode::ALL {
            assert_eq!(Bench::new(mode, "rsm").keeping(flags).fault(), Fault::UNDEFINED, "{mode}");
        }
    }
}

#[test]
fn rsm_restores_what_the_smi_interrupted() {
    for flags in OPPOSITE_FLAGS {
        for mode in Mode::ALL {
            let mut bench = Bench::new(mode, "nop").beginning_with(flags);
            let before = bench.cpu.regs;
            bench.core().enter_smm();
            assert_eq!((bench.cpu.regs.rflags, bench.cpu.regs.cr0 & 1), (2, 0), "SMM begins in a mode like real mode");
            bench.flags(ARITHMETIC, !flags);
            assert_eq!(bench.core().leave_smm().expect("in SMM"), Done::Rsm);
            let after = bench.cpu.regs;
            assert_eq!((after.rflags, after.rip, after.cr0), (before.rflags, before.rip, before.cr0), "{mode}");
        }
    }
}

#[test]
fn a_trap_at_the_boundary_of_an_smi_waits_for_rsm() {
    for (text, reported) in [("inc eax", 0xffff_4ff0), ("mov [5000h], al", 0xffff_4ff1)] {
        let mut bench = Bench::new(Mode::Long, &format!("{text}\nbehind: nop"));
        // Breakpoint 0: writes of one byte.
        (bench.cpu.regs.dr[0], bench.cpu.regs.dr[7]) = (DATA, 0x1_0402);
        bench.flags(TF, TF);
        assert_eq!(bench.step(), Stepped::Instruction);
        bench.cpu.smis = 1;
        assert_eq!(bench.step(), Stepped::Event);
        assert!(bench.cpu.smm.is_some() && !bench.cpu.trap && bench.cpu.watched == 0, "{text}");
        bench.core().leave_smm().expect("in SMM");
        assert_eq!(bench.step(), Stepped::Event);
        assert_eq!((bench.cpu.noted.entered, bench.cpu.regs.dr[6]), (Some(1), reported), "{text}");
        assert_eq!(bench.top(8), [bench.symbol("behind")], "{text}");
    }
}

#[test]
fn privileged_and_undefined_instructions() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            for text in ["hlt", "rdmsr", "wrmsr", "lidt [5000h]", "mov xax, cr0", "mov cr3, xax", "mov dr7, xax"] {
                assert_eq!(Bench::user(mode, text).keeping(flags).fault(), Fault::protection(0), "{text} in {mode}");
            }
            assert_eq!(Bench::new(mode, "ud2").keeping(flags).fault(), Fault::UNDEFINED);
            let mut bench = Bench::new(mode, "hlt").keeping(flags);
            bench.done();
            assert!(bench.cpu.halted);
        }
    }
}

/// STAR: SYSCALL loads CS 8 and SS 10h, SYSRET CS 18h + 16 and SS 18h + 8.
const STAR: u64 = 0x0018_0008 << 32;

#[test]
fn syscall_saves_rip_and_rflags_and_masks_flags() {
    let mut bench = Bench::user(Mode::Long, "syscall");
    bench.cpu.regs.efer &= !EFER_SCE;
    assert_eq!(bench.fault(), Fault::UNDEFINED);
    let mut bench = Bench::user(Mode::Long, "syscall\nback: nop");
    (bench.cpu.regs.star, bench.cpu.regs.lstar, bench.cpu.regs.sfmask) = (STAR, 0x3000, IF | TF);
    bench.cpu.regs.rflags = 2 | IF | CF | RF;
    bench.done();
    let regs = &bench.cpu.regs;
    assert_eq!([regs.rip, regs.general[1], regs.general[11]], [0x3000, bench.symbol("back"), 2 | IF | CF]);
    assert_eq!((regs.rflags, regs.cpl), (2 | CF, 0));
    let (cs, ss) = (regs.segments[CS], regs.segments[SS]);
    assert_eq!((cs.selector, cs.dpl, cs.long, cs.big, ss.selector, ss.dpl), (8, 0, true, false, 0x10, 0));
}

#[test]
fn sysret_goes_to_cpl_3_with_the_flags_that_exist() {
    let mut bench = Bench::new(Mode::Long, "sysretq");
    bench.cpu.regs.efer &= !EFER_SCE;
    assert_eq!(bench.fault(), Fault::UNDEFINED);
    for (user, rcx) in [(true, 0x3000), (false, 1 << 47)] {
        let mut bench = if user { Bench::user(Mode::Long, "sysretq") } else { Bench::new(Mode::Long, "sysretq") };
        bench.cpu.regs.general[1] = rcx;
        assert_eq!(bench.fault(), Fault::protection(0));
    }
    let mut bench = Bench::new(Mode::Long, "sysretq");
    bench.cpu.regs.star = STAR;
    (bench.cpu.regs.general[1], bench.cpu.regs.general[11]) = (0x3000, u64::MAX);
    bench.done();
    let regs = &bench.cpu.regs;
    assert_eq!((regs.rip, regs.rflags, regs.cpl), (0x3000, 0x3c_7fd7, 3));
    let (cs, ss) = (regs.segments[CS], regs.segments[SS]);
    assert_eq!((cs.selector, cs.dpl, cs.long, ss.selector, ss.dpl), (0x2b, 3, true, 0x23, 3));
}
