//! SHL.

use guests::Mode;
use x86::flags::{AF, ARITHMETIC, CF, OF, PF, SF, ZF};

use crate::machine::model::testing::{Bench, OPPOSITE_FLAGS};

/// OF is defined for a shift by one only, AF never.
const BY_ONE: u64 = ARITHMETIC & !AF;
const BY_MORE: u64 = ARITHMETIC & !AF & !OF;

/// Register, value, count in CL, result, flags that are set, flags that are defined.
const ROWS: &[(&str, u64, u64, u64, u64, u64)] = &[
    ("al", 0x81, 1, 0x02, CF | OF, BY_ONE),
    ("al", 0x40, 1, 0x80, SF | OF, BY_ONE),
    ("al", 0xc0, 1, 0x80, CF | SF, BY_ONE),
    ("al", 0x80, 1, 0, CF | OF | ZF | PF, BY_ONE),
    ("al", 0x11, 4, 0x10, CF, BY_MORE),
    ("al", 0xff, 9, 0, ZF | PF, BY_MORE & !CF),
    ("ax", 0x8001, 1, 0x0002, CF | OF, BY_ONE),
    ("eax", 0x4000_0000, 2, 0, CF | ZF | PF, BY_MORE),
    ("eax", 1, 31, 0x8000_0000, SF | PF, BY_MORE),
    ("rax", 1, 63, 1 << 63, SF | PF, BY_MORE),
    // The count is taken modulo 32, for 64-bit operands modulo 64.
    ("eax", 1, 33, 2, 0, BY_ONE),
    ("rax", 1, 65, 2, 0, BY_ONE),
    ("rax", 1, 33, 1 << 33, PF, BY_MORE),
];

#[test]
fn shl() {
    for &(register, value, count, result, flags, defined) in ROWS {
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, &format!("shl {register}, cl"));
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[0] = value;
            bench.cpu.regs.general[1] = count;
            bench.done();
            let what = format!("{register}: {value:#x} << {count}");
            assert_eq!(bench.cpu.regs.general[0], result, "{what}");
            assert_eq!(bench.cpu.regs.rflags & defined, flags, "{what}");
        }
    }
}

#[test]
fn a_count_of_zero_keeps_flags_but_still_writes_the_register() {
    // A 32-bit result is zero-extended, whatever the count (Intel SDM vol. 1, section 3.4.1.1).
    for (register, count, result) in
        [("al", 32, u64::MAX), ("eax", 0, 0xffff_ffff), ("eax", 32, 0xffff_ffff), ("rax", 64, u64::MAX)]
    {
        for before in OPPOSITE_FLAGS {
            let mut bench = Bench::new(Mode::Long, &format!("shl {register}, cl"));
            bench.flags(ARITHMETIC, before);
            bench.cpu.regs.general[0] = u64::MAX;
            bench.cpu.regs.general[1] = count;
            bench.done();
            assert_eq!(bench.cpu.regs.general[0], result, "{register} {count}");
            assert_eq!(bench.cpu.regs.rflags & ARITHMETIC, before, "{register} {count}");
        }
    }
}
