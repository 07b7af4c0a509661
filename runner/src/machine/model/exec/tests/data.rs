//! MOV, LEA, LSS, PUSH and POP.

use guests::Mode;
use x86::flags::ARITHMETIC;
use x86::register::{DS, RSP, SS};

use crate::machine::model::cpu::Fault;
use crate::machine::model::exec::Done;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

/// Text, then RAX that was 0123456789ABCDEFh, with RBX = 8877665544332211h and RCX = 2.
const TO_RAX: &[(&str, u64)] = &[
    ("mov al, bl", 0x0123_4567_89ab_cd11),
    ("mov al, bh", 0x0123_4567_89ab_cd22),
    ("mov ah, bl", 0x0123_4567_89ab_11ef),
    ("mov ax, bx", 0x0123_4567_89ab_2211),
    ("mov eax, ebx", 0x4433_2211),
    ("mov rax, rbx", 0x8877_6655_4433_2211),
    ("mov eax, -1", 0xffff_ffff),
    ("mov rax, -1", u64::MAX),
    ("mov ax, ds", 0x0123_4567_89ab_0023),
    ("mov eax, ss", 0x10),
    ("lea rax, [rbx+rcx*4+8]", 0x8877_6655_4433_2221),
    ("lea eax, [rbx+rcx*4+8]", 0x4433_2221),
    ("lea ax, [rbx+rcx*4+8]", 0x0123_4567_89ab_2221),
    ("lea rax, [ebx+ecx]", 0x4433_2213),
];

#[test]
fn moves_and_addresses_by_width() {
    for &(text, rax) in TO_RAX {
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, text);
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[0] = 0x0123_4567_89ab_cdef;
            bench.cpu.regs.general[1] = 2;
            bench.cpu.regs.general[3] = 0x8877_6655_4433_2211;
            bench.done();
            assert_eq!(bench.cpu.regs.general[0], rax, "{text}");
            assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, before, "{text}");
        }
    }
}

#[test]
fn memory_is_written_and_read_by_width() {
    for flags in OPPOSITE_FLAGS {
        for (text, memory) in [
            ("mov byte [5000h], 0", 0xffff_ffff_ffff_ff00),
            ("mov word [5000h], 0", 0xffff_ffff_ffff_0000),
            ("mov dword [5000h], 0", 0xffff_ffff_0000_0000),
            ("mov qword [5000h], -2", 0xffff_ffff_ffff_fffe),
            ("mov [5000h], ds", 0xffff_ffff_ffff_0023),
        ] {
            let mut bench = Bench::new(Mode::Long, text).keeping(flags);
            bench.write(DATA, 8, u64::MAX);
            bench.done();
            assert_eq!(bench.read(DATA, 8), memory, "{text}");
        }
        for (text, rax) in [
            ("mov al, [5000h]", 0xffff_ffff_ffff_ff88),
            ("mov ax, [5000h]", 0xffff_ffff_ffff_7788),
            ("mov eax, [5000h]", 0x5566_7788),
            ("mov rax, [5000h]", 0x1122_3344_5566_7788),
        ] {
            let mut bench = Bench::new(Mode::Long, text).keeping(flags);
            bench.cpu.regs.general[0] = u64::MAX;
            bench.write(DATA, 8, 0x1122_3344_5566_7788);
            bench.done();
            assert_eq!(bench.cpu.regs.general[0], rax, "{text}");
        }
    }
}

/// Mode, text, bytes of the slot, what it holds, with RAX = 0123456789ABCDEFh.
const PUSHED: &[(Mode, &str, usize, u64)] = &[
    (Mode::Real, "push ax", 2, 0xcdef),
    (Mode::Real, "push eax", 4, 0x89ab_cdef),
    (Mode::Real, "push -1", 2, 0xffff),
    (Mode::Protected, "push ax", 2, 0xcdef),
    (Mode::Protected, "push eax", 4, 0x89ab_cdef),
    (Mode::Protected, "push -1", 4, 0xffff_ffff),
    (Mode::Long, "push ax", 2, 0xcdef),
    (Mode::Long, "push rax", 8, 0x0123_4567_89ab_cdef),
    (Mode::Long, "push -2", 8, u64::MAX - 1),
    (Mode::Long, "push 7fffffffh", 8, 0x7fff_ffff),
];

#[test]
fn push_takes_a_slot_of_the_operand_size() {
    for flags in OPPOSITE_FLAGS {
        for &(mode, text, size, value) in PUSHED {
            let mut bench = Bench::new(mode, text).keeping(flags);
            bench.cpu.regs.general[0] = 0x0123_4567_89ab_cdef;
            let stack = bench.cpu.regs.general[RSP];
            bench.done();
            assert_eq!(bench.cpu.regs.general[RSP], stack - size as u64, "{text} in {mode}");
            assert_eq!(bench.top(size), [value], "{text} in {mode}");
        }
    }
}

#[test]
fn the_stack_pointer_as_an_operand() {
    for flags in OPPOSITE_FLAGS {
        let mut push = Bench::new(Mode::Long, "push rsp").keeping(flags);
        let stack = push.cpu.regs.general[RSP];
        push.done();
        assert_eq!(push.top(8), [stack], "the old one is pushed");

        let mut pop = Bench::new(Mode::Long, "pop rsp").keeping(flags);
        pop.write(stack, 8, 0x1234);
        pop.done();
        assert_eq!(pop.cpu.regs.general[RSP], 0x1234, "what was popped stays");

        let mut memory = Bench::new(Mode::Long, "pop qword [rsp]").keeping(flags);
        memory.write(stack, 8, 0x5678);
        memory.done();
        assert_eq!(memory.read(stack + 8, 8), 0x5678, "the address is that after the increment");
    }
}

#[test]
fn sixteen_bit_stacks_wrap_and_keep_the_upper_half() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Real, "push ax\npop bx").keeping(flags);
        bench.cpu.regs.general[0] = 0x4321;
        bench.cpu.regs.general[RSP] = 0x7_0000;
        bench.done();
        assert_eq!(bench.cpu.regs.general[RSP], 0x7_fffe);
        assert_eq!(bench.read(0xfffe, 2), 0x4321);
        bench.done();
        assert_eq!([bench.cpu.regs.general[RSP], bench.cpu.regs.general[3]], [0x7_0000, 0x4321]);
    }
}

#[test]
fn lss_loads_pointer_and_segment_or_neither() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            let mut bench = Bench::new(mode, "lss esp, [5000h]").keeping(flags);
            bench.write(DATA, 4, 0x8700);
            bench.write(DATA + 4, 2, 0x10);
            assert_eq!(bench.done(), Done::Lss);
            assert_eq!(bench.cpu.regs.general[RSP], 0x8700);
            assert_eq!(bench.cpu.regs.segments[SS].selector, 0x10);

            let stack = 0x8780;
            bench = Bench::new(mode, "lss esp, [5000h]").keeping(flags);
            bench.cpu.regs.general[RSP] = stack;
            bench.write(DATA + 4, 2, 0x1f0);
            assert_eq!(bench.fault(), Fault::protection(0x1f0), "beyond the table");
            assert_eq!(bench.cpu.regs.general[RSP], stack);
        }
    }
}

#[test]
fn a_load_of_ss_is_distinguished_from_other_loads() {
    for flags in OPPOSITE_FLAGS {
        for (text, register, done) in [("mov ds, ax", DS, Done::Plain), ("mov ss, ax", SS, Done::SsLoad)] {
            let mut bench = Bench::new(Mode::Protected, text).keeping(flags);
            bench.cpu.regs.general[0] = 0x10;
            assert_eq!(bench.done(), done, "{text}");
            assert_eq!(bench.cpu.regs.segments[register].selector, 0x10);
        }
        // MOV CS, AX.
        assert_eq!(Bench::new(Mode::Protected, "db 8eh, 0c8h").keeping(flags).fault(), Fault::UNDEFINED);
    }
}
