//! ADD, SUB, CMP, AND, OR, XOR, TEST, INC, DEC, NOT and XADD.

use guests::Mode;
use x86::flags::{AF, ARITHMETIC, CF, OF, PF, SF, ZF};

use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

/// What stands in the parts of a register that an instruction must leave alone.
const REST: u64 = 0x0123_4567_89ab_cdef;
const RAX: usize = 0;
const RBX: usize = 3;

/// A register that holds `value` in its low `size` bytes.
fn around(value: u64, size: u32) -> u64 {
    match size {
        1 => REST & !0xff | value,
        2 => REST & !0xffff | value,
        4 => REST & !0xffff_ffff | value,
        _ => value,
    }
}

/// The same after a write of these bytes: one of four bytes clears the upper half.
fn after(value: u64, size: u32) -> u64 {
    if size == 4 { value } else { around(value, size) }
}

fn registers(size: u32) -> [&'static str; 2] {
    match size {
        1 => ["al", "bl"],
        2 => ["ax", "bx"],
        4 => ["eax", "ebx"],
        _ => ["rax", "rbx"],
    }
}

/// Mnemonic, bytes, first operand, second one, result, flags that are set; AF of logic is undefined.
type Row = (&'static str, u32, u64, u64, u64, u64);

const MAX: u64 = u64::MAX;
const TOP: u64 = 1 << 63;

const TWO_OPERANDS: &[Row] = &[
    ("add", 1, 1, 2, 3, PF),
    ("add", 1, 0x0f, 1, 0x10, AF),
    ("add", 1, 0x7f, 1, 0x80, OF | SF | AF),
    ("add", 1, 0xff, 1, 0, CF | ZF | PF | AF),
    ("add", 1, 0x80, 0x80, 0, CF | OF | ZF | PF),
    ("add", 2, 0x7fff, 1, 0x8000, OF | SF | AF | PF),
    ("add", 2, 0xffff, 1, 0, CF | ZF | PF | AF),
    ("add", 4, 0x7fff_ffff, 1, 0x8000_0000, OF | SF | AF | PF),
    ("add", 4, 0xffff_ffff, 0xffff_ffff, 0xffff_fffe, CF | SF | AF),
    ("add", 8, TOP - 1, 1, TOP, OF | SF | AF | PF),
    ("add", 8, MAX, 1, 0, CF | ZF | PF | AF),
    ("sub", 1, 5, 5, 0, ZF | PF),
    ("sub", 1, 0x10, 1, 0x0f, AF | PF),
    ("sub", 1, 0, 1, 0xff, CF | SF | AF | PF),
    ("sub", 1, 0x80, 1, 0x7f, OF | AF),
    ("sub", 1, 0x7f, 0xff, 0x80, CF | OF | SF),
    ("sub", 2, 0x8000, 1, 0x7fff, OF | AF | PF),
    ("sub", 4, 0, 1, 0xffff_ffff, CF | SF | AF | PF),
    ("sub", 4, 0x8000_0000, 0x8000_0000, 0, ZF | PF),
    ("sub", 8, 0, 1, MAX, CF | SF | AF | PF),
    ("sub", 8, TOP, 1, TOP - 1, OF | AF | PF),
    ("cmp", 1, 0x80, 1, 0x80, OF | AF),
    ("cmp", 1, 0x7f, 0xff, 0x7f, CF | OF | SF),
    ("cmp", 2, 0, 1, 0, CF | SF | AF | PF),
    ("cmp", 4, 7, 7, 7, ZF | PF),
    ("cmp", 8, 0, TOP, 0, CF | OF | SF | PF),
    ("and", 1, 0xf0, 0x0f, 0, ZF | PF),
    ("and", 1, 0x81, 0x80, 0x80, SF),
    ("and", 2, 0xff03, 0x0f03, 0x0f03, PF),
    ("and", 4, 0x8000_0001, 0x8000_0003, 0x8000_0001, SF),
    ("and", 8, MAX, TOP, TOP, SF | PF),
    ("or", 1, 0, 0, 0, ZF | PF),
    ("or", 1, 0x80, 1, 0x81, SF | PF),
    ("or", 2, 0x7f00, 0xff, 0x7fff, PF),
    ("or", 4, 1, 0, 1, 0),
    ("or", 8, TOP, 1, TOP | 1, SF),
    ("xor", 1, 0xff, 0xff, 0, ZF | PF),
    ("xor", 1, 0x55, 0xaa, 0xff, SF | PF),
    ("xor", 2, 0x8000, 0x8001, 1, 0),
    ("xor", 4, 0xffff_ffff, 1, 0xffff_fffe, SF),
    ("xor", 8, MAX, MAX, 0, ZF | PF),
    ("test", 1, 0x80, 0x80, 0x80, SF),
    ("test", 1, 1, 2, 1, ZF | PF),
    ("test", 2, 0x8003, 3, 0x8003, PF),
    ("test", 4, 0x8000_0000, 0xffff_ffff, 0x8000_0000, SF | PF),
    ("test", 8, TOP, TOP - 1, TOP, ZF | PF),
];

#[test]
fn two_operands() {
    for &(mnemonic, size, a, b, result, flags) in TWO_OPERANDS {
        let [first, second] = registers(size);
        let defined = if matches!(mnemonic, "and" | "or" | "xor" | "test") { ARITHMETIC & !AF } else { ARITHMETIC };
        let writes = !matches!(mnemonic, "cmp" | "test");
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, &format!("{mnemonic} {first}, {second}"));
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[RAX] = around(a, size);
            bench.cpu.regs.general[RBX] = around(b, size);
            bench.done();
            let regs = &bench.cpu.regs;
            let what = format!("{mnemonic} {a:#x}, {b:#x} of {size} from {before:#x}");
            assert_eq!(regs.general[RAX], if writes { after(result, size) } else { around(result, size) }, "{what}");
            assert_eq!(regs.general[RBX], around(b, size), "{what}");
            assert_eq!(regs.rflags & defined, flags, "{what}");
        }
    }
}

/// Mnemonic, bytes, operand, result, flags that are set, flags that are written.
const ONE_OPERAND: &[(&str, u32, u64, u64, u64, u64)] = &[
    ("inc", 1, 0x0f, 0x10, AF, ARITHMETIC & !CF),
    ("inc", 1, 0x7f, 0x80, OF | SF | AF, ARITHMETIC & !CF),
    ("inc", 1, 0xff, 0, ZF | PF | AF, ARITHMETIC & !CF),
    ("inc", 2, 0xffff, 0, ZF | PF | AF, ARITHMETIC & !CF),
    ("inc", 4, 0x7fff_ffff, 0x8000_0000, OF | SF | PF | AF, ARITHMETIC & !CF),
    ("inc", 8, MAX, 0, ZF | PF | AF, ARITHMETIC & !CF),
    ("dec", 1, 0x80, 0x7f, OF | AF, ARITHMETIC & !CF),
    ("dec", 1, 0, 0xff, SF | PF | AF, ARITHMETIC & !CF),
    ("dec", 2, 1, 0, ZF | PF, ARITHMETIC & !CF),
    ("dec", 4, 0, 0xffff_ffff, SF | PF | AF, ARITHMETIC & !CF),
    ("dec", 8, TOP, TOP - 1, OF | PF | AF, ARITHMETIC & !CF),
    ("not", 1, 0x0f, 0xf0, 0, 0),
    ("not", 2, 0, 0xffff, 0, 0),
    ("not", 4, 0, 0xffff_ffff, 0, 0),
    ("not", 8, MAX, 0, 0, 0),
];

#[test]
fn one_operand_and_the_flags_it_leaves() {
    for &(mnemonic, size, value, result, flags, written) in ONE_OPERAND {
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, &format!("{mnemonic} {}", registers(size)[0]));
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[RAX] = around(value, size);
            bench.done();
            let what = format!("{mnemonic} {value:#x} of {size} from {before:#x}");
            assert_eq!(bench.cpu.regs.general[RAX], after(result, size), "{what}");
            assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, flags | before & !written, "{what}");
        }
    }
}

/// Bytes, first operand, second one, sum, flags that are set.
const XADD: &[(u32, u64, u64, u64, u64)] = &[
    (1, 0x80, 0x80, 0, CF | OF | ZF | PF),
    (2, 0x7fff, 1, 0x8000, OF | SF | AF | PF),
    (4, 0xffff_ffff, 2, 1, CF | AF),
    (8, 1, 2, 3, PF),
];

#[test]
fn xadd_leaves_the_old_value_in_the_source() {
    for &(size, a, b, sum, flags) in XADD {
        let [first, second] = registers(size);
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, &format!("xadd {first}, {second}"));
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[RAX] = around(a, size);
            bench.cpu.regs.general[RBX] = around(b, size);
            bench.done();
            let regs = &bench.cpu.regs;
            assert_eq!([regs.general[RAX], regs.general[RBX]], [after(sum, size), after(a, size)], "{size}");
            assert_eq!(regs.rflags & ARITHMETIC, flags, "{size}");
        }
    }
    let mut same = Bench::new(Mode::Long, "xadd eax, eax");
    same.cpu.regs.general[RAX] = 3;
    same.done();
    assert_eq!(same.cpu.regs.general[RAX], 6);
}

/// Text, eight bytes at [`DATA`] before and after, flags that are set, flags that are defined.
const MEMORY: &[(&str, u64, u64, u64, u64)] = &[
    ("add byte [5000h], 1", 0x1ff, 0x100, CF | ZF | PF | AF, ARITHMETIC),
    ("add word [5000h], -1", 0x2_0001, 0x2_0000, CF | ZF | PF | AF, ARITHMETIC),
    ("sub dword [5000h], -1", 0x7_ffff_ffff, 0x7_0000_0000, ZF | PF, ARITHMETIC),
    ("and qword [5000h], -2", MAX, MAX - 1, SF, ARITHMETIC & !AF),
    ("cmp byte [5000h], 80h", 0x17f, 0x17f, CF | OF | SF | PF, ARITHMETIC),
    ("inc byte [5000h]", 0x17f, 0x180, OF | SF | AF, ARITHMETIC & !CF),
    ("not word [5000h]", 0x1_0000, 0x1_ffff, 0, 0),
];

#[test]
fn operands_in_memory_and_signed_immediates() {
    for &(text, value, result, flags, defined) in MEMORY {
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, text);
            bench.flags(ARITHMETIC, before);
            bench.write(DATA, 8, value);
            bench.done();
            assert_eq!(bench.read(DATA, 8), result, "{text}");
            assert_eq!(bench.cpu.regs.rflags & defined, flags, "{text}");
        }
    }
}

#[test]
fn a_high_byte_is_an_operand_of_its_own() {
    let mut bench = Bench::new(Mode::Long, "add ah, bl");
    bench.cpu.regs.general[RAX] = 0x7fff;
    bench.cpu.regs.general[RBX] = 1;
    bench.done();
    assert_eq!(bench.cpu.regs.general[RAX], 0x80ff);
    assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, OF | SF | AF);
}
