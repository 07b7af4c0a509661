//! PUSHF, POPF, STI, CLI, STC, CLD and STD.

use guests::Mode;
use x86::flags::{CF, DF, IF, IOPL, RF, VM};
use x86::register::RSP;

use crate::machine::model::cpu::Fault;
use crate::machine::model::testing::{Bench, EVERY};

/// The bit that is always 1.
const ONE: u64 = 2;

/// Every flag, as far as a 16-bit image has it.
const EVERY_16: u64 = 0x7fd5;

/// Mode, text, bytes, CPL 3, IOPL before, flags set afterwards when all of the image were ones.
const POPPED: &[(Mode, &str, usize, bool, u64, u64)] = &[
    (Mode::Real, "popfw", 2, false, 0, EVERY_16),
    (Mode::Real, "popfd", 4, false, 0, EVERY),
    (Mode::Protected, "popfw", 2, false, 0, EVERY_16),
    (Mode::Protected, "popfd", 4, false, 0, EVERY),
    (Mode::Long, "popfq", 8, false, 0, EVERY),
    // At CPL 3 IOPL stays, and IF unless IOPL is 3.
    (Mode::Protected, "popfw", 2, true, 0, EVERY_16 & !IOPL & !IF),
    (Mode::Protected, "popfd", 4, true, 0, EVERY & !IOPL & !IF),
    (Mode::Protected, "popfd", 4, true, IOPL, EVERY),
    (Mode::Long, "popfq", 8, true, 0, EVERY & !IOPL & !IF),
    (Mode::Long, "popfq", 8, true, IOPL, EVERY),
];

fn bench(mode: Mode, text: &str, user: bool) -> Bench {
    if user { Bench::user(mode, text) } else { Bench::new(mode, text) }
}

#[test]
fn popf_loads_what_the_level_may_change() {
    for &(mode, text, size, user, iopl, flags) in POPPED {
        let mut bench = bench(mode, text, user);
        bench.cpu.regs.rflags = ONE | iopl | RF;
        let stack = bench.cpu.regs.general[RSP];
        bench.write(stack, size, u64::MAX);
        bench.done();
        assert_eq!(bench.cpu.regs.rflags, ONE | flags, "{text} in {mode}, user {user}, IOPL {iopl:#x}");
        assert_eq!(bench.cpu.regs.general[RSP], stack + size as u64);
    }
}

#[test]
fn popf_of_zeros_clears_what_the_level_may_change() {
    for &(mode, text, size, user, iopl, flags) in POPPED {
        let mut bench = bench(mode, text, user);
        bench.cpu.regs.rflags = ONE | EVERY & !IOPL | iopl;
        let kept = bench.cpu.regs.rflags & !flags | if user { iopl } else { 0 };
        let stack = bench.cpu.regs.general[RSP];
        bench.write(stack, size, 0);
        bench.done();
        assert_eq!(bench.cpu.regs.rflags, kept, "{text} in {mode}, user {user}, IOPL {iopl:#x}");
    }
}

#[test]
fn pushf_shows_neither_rf_nor_vm() {
    for (mode, text, size, image) in [
        (Mode::Real, "pushfw", 2, EVERY_16 | ONE),
        (Mode::Protected, "pushfw", 2, EVERY_16 | ONE),
        (Mode::Protected, "pushfd", 4, EVERY | ONE),
        (Mode::Long, "pushfw", 2, EVERY_16 | ONE),
        (Mode::Long, "pushfq", 8, EVERY | ONE),
    ] {
        let mut bench = Bench::new(mode, text);
        bench.cpu.regs.rflags = EVERY | ONE | RF | VM;
        let stack = bench.cpu.regs.general[RSP];
        bench.done();
        assert_eq!(bench.cpu.regs.general[RSP], stack - size as u64, "{text} in {mode}");
        assert_eq!(bench.top(size), [image], "{text} in {mode}");
    }
}

#[test]
fn sti_and_cli_need_the_privilege_of_iopl() {
    for (user, iopl, allowed) in [(false, 0, true), (true, 0, false), (true, 0x2000, false), (true, IOPL, true)] {
        for (text, before, after) in [("sti", 0, IF), ("cli", IF, 0)] {
            let mut bench = bench(Mode::Long, text, user);
            bench.flags(IOPL | IF, iopl | before);
            if allowed {
                bench.done();
                assert_eq!(bench.cpu.regs.rflags & IF, after, "{text}");
            } else {
                assert_eq!(bench.fault(), Fault::protection(0), "{text}");
            }
        }
    }
}

#[test]
fn single_flags() {
    for (text, flag, on) in [("stc", CF, true), ("std", DF, true), ("cld", DF, false)] {
        for before in [0, EVERY] {
            let mut bench = Bench::new(Mode::Protected, text);
            bench.cpu.regs.rflags = ONE | before;
            bench.done();
            let wanted = if on { before | flag } else { before & !flag };
            assert_eq!(bench.cpu.regs.rflags, ONE | wanted, "{text}");
        }
    }
}
