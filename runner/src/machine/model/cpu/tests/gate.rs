//! Delivery: the frame and the flags in each mode, error codes, stacks, and faults of the gate.

use guests::{Boot, Gate, Mode, boot, map};
use x86::flags::{AC, ARITHMETIC, IF, IOPL, NT, RF, TF};
use x86::register::{CS, RSP, SS};

use crate::machine::model::cpu::{Event, Fault, Source};
use crate::machine::model::testing::{Bench, OPPOSITE_FLAGS};

/// Flags of the interrupted program: with opposite arithmetic flags.
const FLAGS: [u64; 2] = [2 | IF | NT, 2 | ARITHMETIC | IF | NT];

fn with_gate(mode: Mode, user: bool, gate: Option<Gate>) -> Bench {
    let gates = gate.map(|gate| (3, gate)).into_iter().collect();
    Bench::booted(mode, "int3\nback: nop", Boot { user, gates, ..Boot::default() })
}

#[test]
fn real_mode_pushes_three_words() {
    for flags in FLAGS {
        let mut bench = Bench::new(Mode::Real, "int3\nback: nop");
        bench.cpu.regs.rflags = flags | AC;
        bench.write(12, 4, 0x0123_4567);
        let stack = bench.cpu.regs.general[RSP];
        bench.done();
        assert_eq!(bench.top(2), [bench.symbol("back"), 0, flags]);
        let regs = &bench.cpu.regs;
        assert_eq!((regs.general[RSP], regs.rip), (stack - 6, 0x4567));
        assert_eq!((regs.segments[CS].selector, regs.segments[CS].base), (0x123, 0x1230));
        // TF, IF and AC are cleared, NT is not.
        assert_eq!(regs.rflags, flags & !IF);
    }
}

#[test]
fn protected_mode_pushes_three_slots_or_five() {
    for flags in FLAGS {
        for (user, gate) in [(false, None), (false, Some(Gate::Trap)), (true, None), (true, Some(Gate::Trap))] {
            let mut bench = with_gate(Mode::Protected, user, gate);
            bench.cpu.regs.rflags = flags;
            let stack = bench.cpu.regs.general[RSP];
            bench.done();
            let back = bench.symbol("back");
            if user {
                assert_eq!(bench.top(4), [back, 0x1b, flags, stack, 0x23]);
                assert_eq!(bench.cpu.regs.general[RSP], map::KERNEL_STACK.top() - 20);
            } else {
                assert_eq!(bench.top(4), [back, 8, flags]);
                assert_eq!(bench.cpu.regs.general[RSP], stack - 12);
            }
            let regs = &bench.cpu.regs;
            assert_eq!((regs.segments[CS].selector, regs.segments[SS].selector, regs.cpl), (8, 0x10, 0));
            assert_eq!(regs.rflags, 2 | flags & ARITHMETIC | if gate.is_some() { IF } else { 0 });
        }
    }
}

#[test]
fn a_16_bit_gate_pushes_words() {
    for flags in FLAGS {
        let mut bench = with_gate(Mode::Protected, false, Some(Gate::SixteenBit));
        bench.cpu.regs.rflags = flags;
        let stack = bench.cpu.regs.general[RSP];
        bench.done();
        assert_eq!(bench.cpu.regs.general[RSP], stack - 6);
        assert_eq!(bench.top(2), [bench.symbol("back"), 8, flags]);
    }
}

#[test]
fn long_mode_pushes_five_slots_on_an_aligned_stack() {
    for flags in FLAGS {
        // CPL 3, interrupt stack, the stack pointer before, and what the frame ends at.
        for (user, ist, before, top) in [
            (false, 0, 0x8700, 0x8700),
            (false, 0, 0x870f, 0x8700),
            (true, 0, 0x8708, 0x8fc0),
            (false, 1, 0x8708, 0x97c0),
            (true, 2, 0x8708, 0x9fc0),
        ] {
            let ist = if ist == 0 { Default::default() } else { [(3, ist)].into() };
            let mut bench = Bench::booted(Mode::Long, "int3\nback: nop", Boot { user, ist, ..Boot::default() });
            bench.cpu.regs.rflags = flags;
            bench.cpu.regs.general[RSP] = before;
            bench.done();
            let (cs, ss) = if user { (0x1b, 0x23) } else { (8, 0x10) };
            assert_eq!(bench.cpu.regs.general[RSP], top - 40, "{before:#x}");
            assert_eq!(bench.top(8), [bench.symbol("back"), cs, flags, before, ss]);
            let regs = &bench.cpu.regs;
            assert_eq!((regs.rflags, regs.cpl, regs.segments[CS].selector), (2 | flags & ARITHMETIC, 0, 8));
            assert_eq!(regs.segments[SS].selector, if user { 0 } else { 0x10 }, "null if the level changes");
        }
    }
}

#[test]
fn a_fault_saves_its_own_address_rf_and_an_error_code() {
    for flags in FLAGS {
        for (mode, size) in [(Mode::Protected, 4), (Mode::Long, 8)] {
            let text = "mov ds, ax";
            let mut bench = Bench::new(mode, text);
            bench.cpu.regs.general[0] = 0x1f3;
            bench.cpu.regs.rflags = flags;
            let start = bench.cpu.regs.rip;
            bench.step();
            assert_eq!(bench.cpu.noted.entered, Some(13));
            assert_eq!(bench.top(size), [0x1f0, start, 8, flags | RF], "{mode}");
        }
        let mut real = Bench::new(Mode::Real, "ud2");
        let start = real.cpu.regs.rip;
        let stack = real.cpu.regs.general[RSP];
        real.step();
        assert_eq!((real.cpu.noted.entered, real.cpu.regs.general[RSP]), (Some(6), stack - 6));
        assert_eq!(real.top::<2>(2), [start, 0]);
    }
}

#[test]
fn int_n_saves_rf_clear_and_others_save_it_as_it_is() {
    for flags in OPPOSITE_FLAGS {
        for (source, saved) in [(Source::Software, 0), (Source::Trap, RF), (Source::External, RF), (Source::Fault, RF)]
        {
            let mut bench = Bench::new(Mode::Long, "nop").beginning_with(flags);
            bench.flags(RF | TF, RF | TF);
            bench.core().enter(Event::new(3, source)).expect("the gate is good");
            let [_, _, flags] = bench.top(8);
            assert_eq!(flags & (RF | TF), saved | TF, "{source:?}");
            assert_eq!(bench.cpu.regs.rflags & (RF | TF), 0, "{source:?}");
        }
    }
}

#[test]
fn faults_of_a_gate_name_it_or_its_segment() {
    for flags in OPPOSITE_FLAGS {
        // The gate of vector 3 is 3 * 8 + 2; EXT is set unless an instruction raised the interrupt.
        for (mode, gate, code) in [
            (Mode::Protected, Gate::NotPresent, Fault::not_present(0x1a)),
            (Mode::Protected, Gate::Call, Fault::protection(0x1a)),
            (Mode::Protected, Gate::BadSelector, Fault::protection(0x1f0)),
            (Mode::Protected, Gate::AbsentSegment, Fault::not_present(0x30)),
            (Mode::Long, Gate::NotPresent, Fault::not_present(0x1a)),
            (Mode::Long, Gate::SixteenBit, Fault::protection(0x1a)),
            (Mode::Long, Gate::Task, Fault::protection(0x1a)),
            (Mode::Long, Gate::BadSelector, Fault::protection(0x1f0)),
            (Mode::Long, Gate::AbsentSegment, Fault::not_present(0x30)),
            (Mode::Long, Gate::NarrowSegment, Fault::protection(0x50)),
            (Mode::Long, Gate::NonCanonical, Fault::protection(0)),
        ] {
            assert_eq!(with_gate(mode, false, Some(gate)).keeping(flags).fault(), code, "{gate:?} in {mode}");
            let external = Fault { code: code.code.map(|code| code | 1), ..code };
            let mut bench = with_gate(mode, false, Some(gate)).keeping(flags);
            let entered = bench.core().enter(Event::new(3, Source::External));
            assert_eq!(entered, Err(external.into()), "{gate:?} in {mode}");
        }
    }
}

#[test]
fn the_privilege_of_a_gate_applies_to_instructions_only() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            assert_eq!(
                with_gate(mode, true, Some(Gate::DplZero)).keeping(flags).fault(),
                Fault::protection(0x1a),
                "{mode}"
            );
            with_gate(mode, false, Some(Gate::DplZero)).keeping(flags).done();
            let mut bench = with_gate(mode, true, Some(Gate::DplZero)).keeping(flags);
            bench.core().enter(Event::new(3, Source::Fault)).expect("an exception may");
            let boot = Boot { user: true, gates: [(1, Gate::DplZero)].into(), ..Boot::default() };
            Bench::booted(mode, "int1", boot).keeping(flags).done();
        }
    }
}

#[test]
fn the_limit_of_the_table_includes_the_last_byte_of_a_gate() {
    for flags in OPPOSITE_FLAGS {
        for mode in Mode::ALL {
            let size = boot::idt_entry_size(mode) as u16;
            for (limit, inside) in [(4 * size - 1, true), (4 * size - 2, false)] {
                let mut bench = with_gate(mode, false, None).keeping(flags);
                bench.cpu.regs.idtr.limit = limit;
                if inside {
                    bench.done();
                } else {
                    assert_eq!(bench.fault(), Fault::protection(0x1a), "{mode}");
                }
            }
        }
    }
}

#[test]
fn an_inner_stack_is_checked() {
    for flags in OPPOSITE_FLAGS {
        const ESP0: u64 = map::TSS[0] + 4;
        const SS0: u64 = map::TSS[0] + 8;
        for (selector, fault) in [
            (0, Fault::task(0)),
            (0x1f0, Fault::task(0x1f0)),
            (0x23, Fault::task(0x20)),
            (0x08, Fault::task(0x08)),
            (0x38, Fault::stack(0x38)),
        ] {
            let mut bench = with_gate(Mode::Protected, true, None).keeping(flags);
            bench.write(SS0, 2, selector);
            assert_eq!(bench.fault(), fault, "{selector:#x}");
        }
        let mut short = with_gate(Mode::Protected, true, None).keeping(flags);
        short.cpu.regs.tr.limit = 8;
        assert_eq!(short.fault(), Fault::task(0x40));
        let mut long = with_gate(Mode::Long, true, None).keeping(flags);
        long.write(ESP0, 8, 1 << 47);
        assert_eq!(long.fault(), Fault::stack(0));
    }
}

#[test]
fn iopl_does_not_affect_delivery() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = with_gate(Mode::Protected, true, None).keeping(flags);
        bench.flags(IOPL, IOPL);
        bench.done();
        assert_eq!(bench.cpu.regs.rflags & IOPL, IOPL);
    }
}
