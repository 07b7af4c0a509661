//! Loads of segment registers and what an access through them checks.

use guests::Mode;
use x86::register::{DS, SS};

use crate::machine::model::cpu::Fault;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

/// Selectors of the guests' table: 08h and 1Bh are code (it can be read), 10h and 23h data, 30h and 38h are not present, 40h
/// is a task, 1F0h lies beyond the limit.
const PROTECTED: &[(&str, bool, u64, Option<Fault>)] = &[
    ("ds", false, 0x10, None),
    ("ds", false, 0x08, None),
    ("ds", false, 0, None),
    ("ds", false, 3, None),
    ("ds", false, 0x23, None),
    ("ds", false, 0x13, Some(Fault::protection(0x10))),
    ("ds", false, 0x38, Some(Fault::not_present(0x38))),
    ("ds", false, 0x40, Some(Fault::protection(0x40))),
    ("ds", false, 0x1f0, Some(Fault::protection(0x1f0))),
    ("ds", false, 0x14, Some(Fault::protection(0x14))),
    ("ds", true, 0x23, None),
    ("ds", true, 0x20, None),
    ("ds", true, 0x10, Some(Fault::protection(0x10))),
    ("ds", true, 0x13, Some(Fault::protection(0x10))),
    ("ss", false, 0x10, None),
    ("ss", false, 0, Some(Fault::protection(0))),
    ("ss", false, 0x11, Some(Fault::protection(0x10))),
    ("ss", false, 0x23, Some(Fault::protection(0x20))),
    ("ss", false, 0x08, Some(Fault::protection(0x08))),
    ("ss", false, 0x38, Some(Fault::stack(0x38))),
    ("ss", true, 0x23, None),
    ("ss", true, 3, Some(Fault::protection(0))),
];

#[test]
fn a_load_checks_the_descriptor() {
    for flags in OPPOSITE_FLAGS {
        for &(register, user, selector, fault) in PROTECTED {
            let text = format!("mov {register}, ax");
            let mut bench = if user {
                Bench::user(Mode::Protected, &text).keeping(flags)
            } else {
                Bench::new(Mode::Protected, &text).keeping(flags)
            };
            bench.cpu.regs.general[0] = selector;
            let what = format!("{register} = {selector:#x}, user {user}");
            match fault {
                Some(fault) => assert_eq!(bench.fault(), fault, "{what}"),
                None => {
                    bench.done();
                    let segment = bench.cpu.regs.segments[if register == "ss" { SS } else { DS }];
                    assert_eq!(u64::from(segment.selector), selector, "{what}");
                    assert_eq!(segment.unusable, selector & !3 == 0, "{what}");
                }
            }
        }
    }
}

#[test]
fn only_64_bit_code_inside_cpl_3_may_null_ss() {
    for flags in OPPOSITE_FLAGS {
        for (user, selector, fault) in
            [(false, 0, None), (false, 3, Some(Fault::protection(0))), (true, 3, Some(Fault::protection(0)))]
        {
            let mut bench = if user {
                Bench::user(Mode::Long, "mov ss, ax").keeping(flags)
            } else {
                Bench::new(Mode::Long, "mov ss, ax").keeping(flags)
            };
            bench.cpu.regs.general[0] = selector;
            match fault {
                Some(fault) => assert_eq!(bench.fault(), fault),
                None => drop(bench.done()),
            }
        }
    }
}

#[test]
fn real_mode_changes_the_base_alone() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Real, "mov ds, ax\nmov bx, [8]").keeping(flags);
        bench.cpu.regs.general[0] = 0x500;
        bench.write(DATA + 8, 2, 0x1234);
        let before = bench.cpu.regs.segments[DS];
        bench.done();
        bench.done();
        let after = bench.cpu.regs.segments[DS];
        assert_eq!((after.base, after.limit, bench.cpu.regs.general[3]), (0x5000, before.limit, 0x1234));
    }
}

#[test]
fn an_access_stays_inside_its_segment() {
    for flags in OPPOSITE_FLAGS {
        // Limit, type (3: data, 7: expands down, 1: read only), big, offset, faults on a read and on a write of four bytes.
        for (limit, kind, big, offset, read, write) in [
            (0x5fff, 3, true, 0x5ffc, false, false),
            (0x5fff, 3, true, 0x5ffd, true, true),
            (0x4fff, 7, false, 0x5000, false, false),
            (0x4fff, 7, false, 0x4fff, true, true),
            (0x4fff, 7, false, 0xfffe, true, true),
            (0x4fff, 7, true, 0xfffe, false, false),
            (0x5fff, 1, true, 0x5000, false, true),
            (0xffff_ffff, 3, true, 0xffff_fffe, true, true),
        ] {
            for (text, faults) in [("mov eax, [ebx]", read), ("mov [ebx], eax", write)] {
                for (prefix, register, fault) in [("", DS, Fault::protection(0)), ("ss", SS, Fault::stack(0))] {
                    let text = if prefix.is_empty() { text.to_owned() } else { text.replace('[', "[ss:") };
                    let mut bench = Bench::new(Mode::Protected, &text).keeping(flags);
                    let segment = &mut bench.cpu.regs.segments[register];
                    (segment.limit, segment.kind, segment.big) = (limit, kind, big);
                    bench.cpu.regs.general[3] = offset;
                    if faults {
                        assert_eq!(bench.fault(), fault, "{text} at {offset:#x} of {kind}");
                    } else {
                        bench.done();
                    }
                }
            }
        }
    }
}

#[test]
fn a_null_segment_and_a_code_segment_cannot_be_written() {
    for flags in OPPOSITE_FLAGS {
        for (selector, text) in [(0, "mov ds, ax\nmov eax, [5000h]"), (8, "mov ds, ax\nmov [5000h], eax")] {
            let mut bench = Bench::new(Mode::Protected, text).keeping(flags);
            bench.cpu.regs.general[0] = selector;
            bench.done();
            assert_eq!(bench.fault(), Fault::protection(0), "{selector}");
        }
    }
}

#[test]
fn an_address_that_is_not_canonical_faults_by_its_segment() {
    for flags in OPPOSITE_FLAGS {
        for (text, fault) in [
            ("mov eax, [rbx]", Fault::protection(0)),
            ("mov eax, [ss:rbx]", Fault::stack(0)),
            ("mov rsp, rbx\npush rax", Fault::stack(0)),
        ] {
            let mut bench = Bench::new(Mode::Long, text).keeping(flags);
            bench.cpu.regs.general[3] = 1 << 47 | 0x100;
            if text.contains('\n') {
                bench.done();
            }
            assert_eq!(bench.fault(), fault, "{text}");
        }
    }
}
