//! OUT, CPUID, RDTSC, RDMSR and WRMSR, control and debug registers, LIDT and SIDT.

use guests::Mode;
use spec::Vendor;
use x86::flags::IOPL;
use x86::register::GS;

use crate::machine::model::cpu::Fault;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

const RAX: usize = 0;
const RCX: usize = 1;
const RDX: usize = 2;
const RBX: usize = 3;
const TSS: u64 = 0x1_0400;
/// Where the bitmap's base stands in a task-state segment.
const IO_MAP_BASE: u64 = TSS + 0x66;

#[test]
fn out_names_its_port_in_the_instruction_or_in_dx() {
    for flags in OPPOSITE_FLAGS {
        for (text, port) in [("out 0e1h, al", 0xe1), ("out dx, al", 0xe4)] {
            let mut bench = Bench::new(Mode::Protected, text).keeping(flags);
            bench.cpu.regs.general[RAX] = 0x1234;
            bench.cpu.regs.general[RDX] = 0xffff_00e4;
            bench.done();
            assert_eq!(bench.bus.output.map(|output| (output.port, output.value)), Some((port, 0x34)), "{text}");
        }
    }
}

#[test]
fn the_bitmap_decides_above_iopl() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            // Bits of the bitmap's byte for ports E0h to E7h, IOPL, the outcome of OUT to port E1h.
            for (bits, iopl, allowed) in [(0xfd, 0, true), (0x02, 0, false), (0x02, IOPL, true)] {
                let mut bench = Bench::user(mode, "out 0e1h, al").keeping(flags);
                let map = bench.read(IO_MAP_BASE, 2);
                bench.write(TSS + map + 0xe1 / 8, 1, bits);
                bench.flags(IOPL, iopl);
                if allowed {
                    bench.done();
                } else {
                    assert_eq!(bench.fault(), Fault::protection(0), "{mode}");
                }
            }
            let mut beyond = Bench::user(mode, "out 0e1h, al").keeping(flags);
            let limit = beyond.cpu.regs.tr.limit;
            beyond.write(IO_MAP_BASE, 2, u64::from(limit));
            assert_eq!(beyond.fault(), Fault::protection(0), "the bitmap lies beyond the limit");
        }
    }
}

#[test]
fn cpuid_names_the_vendor_and_clears_upper_halves() {
    for flags in OPPOSITE_FLAGS {
        // EBX, EDX, ECX of leaf 0.
        let names = [
            (Vendor::Amd, [0x6874_7541, 0x6974_6e65, 0x444d_4163]),
            (Vendor::Intel, [0x756e_6547, 0x4965_6e69, 0x6c65_746e]),
        ];
        for (vendor, name) in names {
            for leaf in [0, 0x8000_0000] {
                let mut bench = Bench::user(Mode::Long, "cpuid").keeping(flags);
                bench.cpu.vendor = vendor;
                bench.cpu.regs.general = [u64::MAX; 16];
                bench.cpu.regs.general[RAX] = u64::MAX << 32 | leaf;
                bench.done();
                let general = bench.cpu.regs.general;
                assert_eq!([general[RBX], general[RDX], general[RCX]], name, "{vendor}");
                assert!(general[RAX] > leaf && general[RAX] <= u64::from(u32::MAX), "{vendor}: the largest leaf");
            }
            // Long mode, no-execute and SYSCALL.
            let mut bench = Bench::new(Mode::Long, "cpuid").keeping(flags);
            bench.cpu.vendor = vendor;
            bench.cpu.regs.general[RAX] = 0x8000_0001;
            bench.done();
            assert_eq!(bench.cpu.regs.general[RDX] & 0x2010_0800, 0x2010_0800);
        }
    }
}

const NOT_CANONICAL: u64 = 1 << 47;

/// Number of a register that keeps what is written, and whether it must be canonical for AMD and for Intel.
const MSRS: &[(u64, bool, bool)] = &[
    (0x174, false, false),
    (0x175, false, true),
    (0x176, false, true),
    (0xc000_0081, false, false),
    (0xc000_0082, true, true),
    (0xc000_0084, false, false),
    (0xc000_0100, true, true),
    (0xc000_0101, true, true),
    (0xc000_0102, true, true),
];

#[test]
fn msrs_keep_what_is_written_in_two_halves() {
    for flags in OPPOSITE_FLAGS {
        for vendor in [Vendor::Amd, Vendor::Intel] {
            for &(number, amd, intel) in MSRS {
                let mut bench = Bench::new(Mode::Long, "wrmsr\nrdmsr").keeping(flags);
                bench.cpu.vendor = vendor;
                bench.cpu.regs.general[RCX] = number;
                bench.cpu.regs.general[RAX] = 0x1234_5678;
                bench.cpu.regs.general[RDX] = 0x7fff;
                bench.done();
                (bench.cpu.regs.general[RAX], bench.cpu.regs.general[RDX]) = (u64::MAX, u64::MAX);
                bench.done();
                assert_eq!(bench.cpu.regs.general[RAX], 0x1234_5678, "{number:#x} of {vendor}");
                // AMD's SYSENTER has 32 bits, and no manual says what the others read as.
                if !(0x174..=0x176).contains(&number) {
                    assert_eq!(bench.cpu.regs.general[RDX], 0x7fff, "{number:#x} of {vendor}");
                }

                let mut bench = Bench::new(Mode::Long, "wrmsr").keeping(flags);
                bench.cpu.vendor = vendor;
                bench.cpu.regs.general[RCX] = number;
                bench.cpu.regs.general[RDX] = NOT_CANONICAL >> 32;
                let checked = if vendor == Vendor::Amd { amd } else { intel };
                assert_eq!(bench.execute().is_err(), checked, "{number:#x} of {vendor}");
            }
        }
    }
}

#[test]
fn the_base_of_gs_is_an_msr() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "wrmsr\nmov rbx, [gs:8]").keeping(flags);
        bench.cpu.regs.general[RCX] = 0xc000_0101;
        bench.cpu.regs.general[RAX] = DATA;
        bench.write(DATA + 8, 8, 0x1234);
        bench.done();
        bench.done();
        assert_eq!((bench.cpu.regs.segments[GS].base, bench.cpu.regs.general[RBX]), (DATA, 0x1234));
    }
}

#[test]
fn efer_keeps_lma_and_refuses_what_it_cannot_be() {
    for flags in OPPOSITE_FLAGS {
        // LME (bit 8) cannot change while paging is on, bit 1 is reserved.
        for (value, allowed) in [(0x901, true), (0x801, false), (0x903, false)] {
            let mut bench = Bench::new(Mode::Long, "wrmsr\nrdmsr").keeping(flags);
            let lma = bench.cpu.regs.efer & 0x400;
            bench.cpu.regs.general[RCX] = 0xc000_0080;
            bench.cpu.regs.general[RAX] = value;
            bench.cpu.regs.general[RDX] = 0;
            if allowed {
                bench.done();
                bench.done();
                assert_eq!(bench.cpu.regs.general[RAX], value | lma);
            } else {
                assert_eq!(bench.fault(), Fault::protection(0), "{value:#x}");
            }
        }
        let mut unknown = Bench::new(Mode::Long, "rdmsr").keeping(flags);
        unknown.cpu.regs.general[RCX] = 0x1234_5678;
        assert_eq!(unknown.fault(), Fault::protection(0));
    }
}

#[test]
fn control_and_debug_registers_have_fixed_bits() {
    for flags in OPPOSITE_FLAGS {
        // Text, RAX written, RBX read back.
        for (text, written, read) in [
            ("mov cr2, rax\nmov rbx, cr2", 0x1234_5678_9abc, 0x1234_5678_9abc),
            ("mov cr8, rax\nmov rbx, cr8", 9, 9),
            ("mov dr0, rax\nmov rbx, dr0", 0x1234, 0x1234),
            ("mov dr6, rax\nmov rbx, dr6", 0, 0xffff_0ff0),
            ("mov dr6, rax\nmov rbx, dr6", 0x400f, 0xffff_4fff),
            ("mov dr7, rax\nmov rbx, dr7", 0, 0x400),
        ] {
            let mut bench = Bench::new(Mode::Long, text).keeping(flags);
            bench.cpu.regs.general[RAX] = written;
            bench.done();
            bench.done();
            assert_eq!(bench.cpu.regs.general[RBX], read, "{text}");
        }
        let mut bench = Bench::new(Mode::Real, "mov cr0, eax").keeping(flags);
        bench.cpu.regs.general[RAX] = 0x8000_0000;
        assert_eq!(bench.fault(), Fault::protection(0), "paging without protection");
    }
}

#[test]
fn lidt_loads_a_base_by_width() {
    for flags in OPPOSITE_FLAGS {
        for (mode, text, base) in [
            (Mode::Real, "lidt [5000h]", 0x0034_5678),
            (Mode::Protected, "lidt [5000h]", 0x1234_5678),
            (Mode::Long, "lidt [5000h]", 0x9abc_1234_5678),
        ] {
            let mut bench = Bench::new(mode, text).keeping(flags);
            bench.write(DATA, 2, 0x3ff);
            bench.write(DATA + 2, 8, 0x9abc_1234_5678);
            bench.done();
            assert_eq!((bench.cpu.regs.idtr.base, bench.cpu.regs.idtr.limit), (base, 0x3ff), "{mode}");
        }
        let mut bench = Bench::new(Mode::Long, "sidt [5000h]").keeping(flags);
        bench.cpu.regs.idtr = guests::Table { base: 0x1234_5678_9abc, limit: 0x10f };
        bench.done();
        assert_eq!([bench.read(DATA, 2), bench.read(DATA + 2, 8)], [0x10f, 0x1234_5678_9abc]);
    }
}

#[test]
fn rdtsc_counts_upwards_in_two_halves() {
    let mut bench = Bench::new(Mode::Long, "rdtsc\nrdtsc");
    bench.cpu.retired = 5 << 32 | 7;
    bench.step();
    assert_eq!([bench.cpu.regs.general[RAX], bench.cpu.regs.general[RDX]], [7, 5]);
    bench.step();
    assert!(bench.cpu.regs.general[RAX] > 7);
}
