//! IRET in each mode: what it loads, and its faults.

use guests::Mode;
use x86::flags::{ARITHMETIC, CF, IF, IOPL, NT, RF, VM};
use x86::register::{CS, DS, ES, RSP, SS};

use crate::machine::model::cpu::Fault;
use crate::machine::model::testing::{Bench, EVERY, OPPOSITE_FLAGS};

const TARGET: u64 = 0x2100;

/// A processor at an IRET with this frame, the instruction pointer first.
fn framed(mode: Mode, user: bool, text: &str, size: usize, frame: &[u64]) -> Bench {
    let mut bench = if user { Bench::user(mode, text) } else { Bench::new(mode, text) };
    let stack = bench.cpu.regs.general[RSP] - (frame.len() * size) as u64;
    for (slot, &value) in frame.iter().enumerate() {
        bench.write(stack + (slot * size) as u64, size, value);
    }
    bench.cpu.regs.general[RSP] = stack;
    bench
}

#[test]
fn real_mode_pops_three_slots() {
    for before in OPPOSITE_FLAGS {
        for (text, size, flags) in [("iretw", 2, 0x7fd5), ("iretd", 4, EVERY | RF)] {
            let mut bench = framed(Mode::Real, false, text, size, &[TARGET, 0x123, !VM]);
            let stack = bench.cpu.regs.general[RSP];
            bench.cpu.regs.rflags = 2 | before;
            bench.done();
            let regs = &bench.cpu.regs;
            assert_eq!(
                (regs.rip, regs.rflags, regs.general[RSP]),
                (TARGET, 2 | flags, stack + 3 * size as u64),
                "{text}"
            );
            assert_eq!((regs.segments[CS].selector, regs.segments[CS].base), (0x123, 0x1230), "{text}");
        }
        assert_eq!(framed(Mode::Real, false, "iretd", 4, &[0x1_0000, 0, 2]).fault(), Fault::protection(0));
    }
}

#[test]
fn the_same_level_pops_three_slots_in_protected_mode_and_five_in_long_mode() {
    for before in OPPOSITE_FLAGS {
        let mut protected = framed(Mode::Protected, false, "iretd", 4, &[TARGET, 8, 2 | EVERY & !NT | RF]);
        let stack = protected.cpu.regs.general[RSP];
        protected.flags(ARITHMETIC, before);
        protected.done();
        let regs = &protected.cpu.regs;
        assert_eq!((regs.rip, regs.rflags, regs.general[RSP]), (TARGET, 2 | EVERY & !NT | RF, stack + 12));

        let mut long = framed(Mode::Long, false, "iretq", 8, &[TARGET, 8, 2 | CF, 0x8421, 0x10]);
        long.flags(ARITHMETIC, before);
        long.done();
        let regs = &long.cpu.regs;
        assert_eq!((regs.rip, regs.rflags, regs.general[RSP]), (TARGET, 2 | CF, 0x8421));
    }
}

#[test]
fn an_outer_level_gets_its_stack_and_loses_inner_segments() {
    for before in OPPOSITE_FLAGS {
        for (mode, text, size) in [(Mode::Protected, "iretd", 4), (Mode::Long, "iretq", 8)] {
            let mut bench = framed(mode, false, text, size, &[TARGET, 0x1b, 2 | IF | IOPL, 0x8500, 0x23]);
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.segments[DS] = bench.cpu.regs.segments[SS];
            bench.done();
            let regs = &bench.cpu.regs;
            assert_eq!((regs.rip, regs.general[RSP], regs.cpl), (TARGET, 0x8500, 3), "{mode}");
            assert_eq!((regs.segments[CS].selector, regs.segments[SS].selector), (0x1b, 0x23), "{mode}");
            assert_eq!(regs.rflags, 2 | IF | IOPL, "{mode}");
            assert_eq!((regs.segments[DS].selector, regs.segments[DS].unusable), (0, true), "{mode}");
            assert_eq!(regs.segments[ES].selector, 0x23, "{mode}: one of the outer level stays");
        }
    }
}

#[test]
fn cpl_3_keeps_iopl_and_without_it_the_interrupt_flag() {
    for before in OPPOSITE_FLAGS {
        for (iopl, kept) in [(0, IOPL | IF), (IOPL, IOPL)] {
            for image in [0, EVERY & !NT] {
                let mut bench = framed(Mode::Long, true, "iretq", 8, &[TARGET, 0x1b, 2 | image, 0x8500, 0x23]);
                bench.cpu.regs.rflags = 2 | IF | iopl | before;
                bench.done();
                let wanted = 2 | image & !kept | (IF | iopl) & kept;
                assert_eq!(bench.cpu.regs.rflags, wanted, "IOPL {iopl:#x}, image {image:#x}");
            }
        }
    }
}

/// Mode, CS and SS in the frame, the instruction pointer, the fault.
const FAULTS: &[(Mode, bool, u64, u64, u64, Fault)] = &[
    (Mode::Protected, false, 0, 0x10, TARGET, Fault::protection(0)),
    (Mode::Protected, false, 0x10, 0x10, TARGET, Fault::protection(0x10)),
    (Mode::Protected, false, 0x1f0, 0x10, TARGET, Fault::protection(0x1f0)),
    (Mode::Protected, false, 0x0b, 0x10, TARGET, Fault::protection(0x08)),
    (Mode::Protected, false, 0x30, 0x10, TARGET, Fault::not_present(0x30)),
    (Mode::Protected, true, 0x08, 0x10, TARGET, Fault::protection(0x08)),
    (Mode::Protected, false, 0x1b, 0x20, TARGET, Fault::protection(0x20)),
    (Mode::Protected, false, 0x1b, 0, TARGET, Fault::protection(0)),
    (Mode::Long, false, 0, 0x10, TARGET, Fault::protection(0)),
    (Mode::Long, false, 0x10, 0x10, TARGET, Fault::protection(0x10)),
    (Mode::Long, false, 0x30, 0x10, TARGET, Fault::not_present(0x30)),
    (Mode::Long, false, 0x08, 0x38, TARGET, Fault::stack(0x38)),
    (Mode::Long, false, 0x08, 0x23, TARGET, Fault::protection(0x20)),
    (Mode::Long, false, 0x08, 3, TARGET, Fault::protection(0)),
    (Mode::Long, false, 0x1b, 3, TARGET, Fault::protection(0)),
    (Mode::Long, false, 0x08, 0x10, 1 << 47, Fault::protection(0)),
    (Mode::Long, true, 0x08, 0x10, TARGET, Fault::protection(0x08)),
];

#[test]
fn faults_name_the_selector() {
    for &(mode, user, cs, ss, rip, fault) in FAULTS {
        let (text, size) = if mode == Mode::Long { ("iretq", 8) } else { ("iretd", 4) };
        let mut bench = framed(mode, user, text, size, &[rip, cs, 2, 0x8500, ss]);
        assert_eq!(bench.fault(), fault, "CS {cs:#x}, SS {ss:#x}, RIP {rip:#x} in {mode}");
    }
}

#[test]
fn a_null_ss_may_return_inside_64_bit_code() {
    let mut bench = framed(Mode::Long, false, "iretq", 8, &[TARGET, 8, 2, 0x8500, 0]);
    bench.done();
    assert!(bench.cpu.regs.segments[SS].unusable);
}

#[test]
fn a_nested_task_cannot_return_in_long_mode() {
    let mut bench = framed(Mode::Long, false, "iretq", 8, &[TARGET, 8, 2, 0x8500, 0x10]);
    bench.flags(NT, NT);
    assert_eq!(bench.fault(), Fault::protection(0));
}

#[test]
fn a_16_bit_image_leaves_the_upper_flags_and_clears_rf() {
    let mut bench = framed(Mode::Protected, false, "iretw", 2, &[TARGET, 8, 2]);
    bench.cpu.regs.rflags = 2 | EVERY & !NT | RF;
    bench.done();
    // AC and ID.
    assert_eq!((bench.cpu.regs.rip, bench.cpu.regs.rflags), (TARGET, 2 | 0x24_0000));
}
