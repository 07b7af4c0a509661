//! STOSB, LODSB and OUTSB, repeated and backwards.

use guests::Mode;
use x86::flags::{ARITHMETIC, DF};

use crate::machine::model::cpu::Fault;
use crate::machine::model::exec::Done;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

const RAX: usize = 0;
const RCX: usize = 1;
const RDX: usize = 2;
const RSI: usize = 6;
const RDI: usize = 7;

#[test]
fn stosb_and_lodsb_move_their_pointer_by_the_direction() {
    for mode in Mode::ALL {
        for (direction, end) in [(0, DATA + 9), (DF, DATA + 7)] {
            for flags in OPPOSITE_FLAGS {
                let mut store = Bench::new(mode, "stosb");
                store.flags(ARITHMETIC | DF, flags | direction);
                store.cpu.regs.general[RAX] = 0xa5;
                store.cpu.regs.general[RDI] = DATA + 8;
                store.done();
                assert_eq!((store.read(DATA + 7, 4), store.cpu.regs.general[RDI]), (0xa500, end), "{mode}");
                assert_eq!(store.cpu.regs.rflags & ARITHMETIC, flags);

                let mut load = Bench::new(mode, "lodsb");
                load.flags(DF, direction);
                load.write(DATA + 8, 1, 0x5a);
                load.cpu.regs.general[RAX] = 0x1111;
                load.cpu.regs.general[RSI] = DATA + 8;
                load.done();
                assert_eq!(load.cpu.regs.general[RAX], 0x115a, "{mode}");
                assert_eq!(load.cpu.regs.general[RSI], end, "{mode}");
            }
        }
    }
}

#[test]
fn a_repetition_stays_at_its_instruction_until_the_count_is_used_up() {
    for flags in OPPOSITE_FLAGS {
        for (direction, memory, end) in [(0, 0x77_7777_0000, DATA + 5), (DF, 0x0077_7777, DATA - 1)] {
            let mut bench = Bench::new(Mode::Long, "rep stosb\nbehind: nop").keeping(flags);
            bench.flags(DF, direction);
            let start = bench.cpu.regs.rip;
            bench.cpu.regs.general[RAX] = 0x77;
            bench.cpu.regs.general[RCX] = 3;
            bench.cpu.regs.general[RDI] = DATA + 2;
            for left in [2, 1] {
                assert_eq!(bench.done(), Done::Iteration);
                assert_eq!((bench.cpu.regs.rip, bench.cpu.regs.general[RCX]), (start, left));
            }
            assert_eq!(bench.done(), Done::Plain);
            assert_eq!((bench.cpu.regs.rip, bench.cpu.regs.general[RCX]), (bench.symbol("behind"), 0));
            assert_eq!((bench.read(DATA, 8), bench.cpu.regs.general[RDI]), (memory, end));
        }
    }
}

#[test]
fn a_count_of_zero_does_nothing() {
    for flags in OPPOSITE_FLAGS {
        // The count is CX, ECX or RCX, by the width of addresses.
        for (mode, text, count) in
            [(Mode::Real, "rep stosb", 0x1_0000), (Mode::Long, "rep stosb", 0), (Mode::Long, "a32 rep stosb", 1 << 32)]
        {
            let mut bench = Bench::new(mode, text).keeping(flags);
            bench.cpu.regs.general[RAX] = 0x77;
            bench.cpu.regs.general[RCX] = count;
            bench.cpu.regs.general[RDI] = DATA;
            assert_eq!(bench.done(), Done::Plain);
            let general = bench.cpu.regs.general;
            assert_eq!((general[RCX], general[RDI], bench.read(DATA, 1)), (count, DATA, 0), "{text} in {mode}");
        }
    }
}

#[test]
fn a_fault_leaves_the_pointers_of_its_iteration() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "rep stosb").keeping(flags);
        bench.cpu.regs.general[RCX] = 2;
        // The last byte in front of the absent page.
        bench.cpu.regs.general[RDI] = 0x6fff;
        assert_eq!(bench.done(), Done::Iteration);
        assert_eq!(bench.fault(), Fault::page(0x7000, 2));
        assert_eq!([bench.cpu.regs.general[RCX], bench.cpu.regs.general[RDI]], [1, 0x7000]);
    }
}

#[test]
fn outsb_reads_through_its_segment() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "outsb").keeping(flags);
        bench.write(DATA, 1, 0x42);
        bench.cpu.regs.general[RDX] = 0xe1;
        bench.cpu.regs.general[RSI] = DATA;
        bench.done();
        assert_eq!(bench.bus.output.map(|output| (output.port, output.value)), Some((0xe1, 0x42)));
        assert_eq!(bench.cpu.regs.general[RSI], DATA + 1);
    }
}
