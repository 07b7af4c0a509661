//! Page walks: present, writable, user and no-execute at every level, and the error code of #PF.

use guests::{Boot, Mode, PageFlaw, boot};
use x86::control::{CR0_WP, EFER_NXE};

use crate::machine::model::cpu::Fault;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

const PRESENT: u64 = 1;
const WRITABLE: u64 = 2;
const USER: u64 = 4;
const LARGE: u64 = 0x80;

/// Bit of the page's entry to clear, text, CPL 3, CR0.WP, the error code.
const ROWS: &[(u64, &str, bool, bool, Option<u32>)] = &[
    (0, "mov al, [5000h]", true, true, None),
    (0, "mov [5000h], al", true, true, None),
    (PRESENT, "mov al, [5000h]", false, true, Some(0)),
    (PRESENT, "mov [5000h], al", false, true, Some(2)),
    (PRESENT, "mov al, [5000h]", true, true, Some(4)),
    (PRESENT, "mov [5000h], al", true, true, Some(6)),
    (WRITABLE, "mov al, [5000h]", true, true, None),
    (WRITABLE, "mov [5000h], al", true, true, Some(7)),
    (WRITABLE, "mov [5000h], al", true, false, Some(7)),
    (WRITABLE, "mov [5000h], al", false, true, Some(3)),
    (WRITABLE, "mov [5000h], al", false, false, None),
    (USER, "mov al, [5000h]", true, true, Some(5)),
    (USER, "mov [5000h], al", true, true, Some(7)),
    (USER, "mov al, [5000h]", false, true, None),
    (USER, "mov [5000h], al", false, true, None),
];

#[test]
fn rights_of_a_page_and_the_error_code() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            for &(clear, text, user, write_protect, code) in ROWS {
                let mut bench =
                    if user { Bench::user(mode, text).keeping(flags) } else { Bench::new(mode, text).keeping(flags) };
                let (entry, size) = (boot::entry_address(mode, DATA), boot::entry_size(mode) as usize);
                let bits = bench.read(entry, size);
                bench.write(entry, size, bits & !clear);
                bench.cpu.regs.cr0 = bench.cpu.regs.cr0 & !CR0_WP | if write_protect { CR0_WP } else { 0 };
                match code {
                    Some(code) => {
                        assert_eq!(bench.fault(), Fault::page(DATA, code), "{text} without {clear} in {mode}")
                    }
                    None => drop(bench.done()),
                }
            }
        }
    }
}

/// First entries of the four levels of the guests' tables.
const LEVELS: [u64; 4] = [0x1_3000, 0x1_4000, 0x1_5000, 0x1_6000 + 5 * 8];

#[test]
fn every_level_must_grant_the_right() {
    for flags in OPPOSITE_FLAGS {
        for entry in LEVELS {
            for (clear, code) in [(PRESENT, 6), (WRITABLE, 7), (USER, 7)] {
                // The tables are changed after the fetch of the instruction, because the test is about CPL 3's data access.
                let mut bench = Bench::user(Mode::Long, "nop").keeping(flags);
                let bits = bench.read(entry, 8);
                bench.write(entry, 8, bits & !clear);
                let fault = bench.core().write_linear(DATA, 1, 0);
                assert_eq!(fault, Err(Fault::page(DATA, code).into()), "entry {entry:#x} without {clear}");
            }
        }
    }
}

#[test]
fn large_pages_keep_the_offset() {
    for flags in OPPOSITE_FLAGS {
        // A 2 MiB page and a 4 MiB page that map the memory from 0.
        for (mode, entry, size) in [(Mode::Long, 0x1_5000, 8), (Mode::Protected, 0x1_3000, 4)] {
            let mut bench = Bench::new(mode, "mov eax, [5004h]").keeping(flags);
            bench.write(entry, size, LARGE | USER | WRITABLE | PRESENT);
            bench.write(DATA + 4, 4, 0x1234_5678);
            bench.done();
            assert_eq!(bench.cpu.regs.general[0], 0x1234_5678, "{mode}");
        }
    }
}

#[test]
fn a_fault_of_a_fetch_is_reported_as_one_if_no_execute_is_on() {
    for flags in OPPOSITE_FLAGS {
        let entry = boot::entry_address(Mode::Long, 0x2000);
        for (no_execute_on, set, clear, code) in [
            (true, 1 << 63, 0, Some(0x11)),
            (true, 0, PRESENT, Some(0x10)),
            (false, 0, PRESENT, Some(0)),
            (true, 0, 0, None),
        ] {
            let mut bench = Bench::new(Mode::Long, "nop").keeping(flags);
            let efer = &mut bench.cpu.regs.efer;
            *efer = *efer & !EFER_NXE | if no_execute_on { EFER_NXE } else { 0 };
            let (bits, rip) = (bench.read(entry, 8), bench.cpu.regs.rip);
            bench.write(entry, 8, bits & !clear | set);
            match code {
                Some(code) => assert_eq!(bench.fault(), Fault::page(rip, code)),
                None => drop(bench.done()),
            }
        }
    }
}

#[test]
fn an_access_across_pages_faults_where_the_second_begins_and_writes_nothing() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            let mut bench = Bench::new(mode, "mov [6ffeh], eax").keeping(flags);
            bench.cpu.regs.general[0] = 0xffff_ffff;
            assert_eq!(bench.fault(), Fault::page(0x7000, 2));
            assert_eq!(bench.read(0x6ffe, 4), 0);

            let boot = Boot { pages: [(0x7000, PageFlaw::Present)].into(), ..Boot::default() };
            let mut bench = Bench::booted(mode, "mov [6ffeh], eax\nmov ebx, [6ffeh]", boot).keeping(flags);
            bench.cpu.regs.general[0] = 0x1234_5678;
            bench.done();
            bench.done();
            assert_eq!((bench.read(0x6ffe, 4), bench.cpu.regs.general[3]), (0x1234_5678, 0x1234_5678));
        }
    }
}

#[test]
fn a_delivered_page_fault_reports_its_address() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "mov al, [7123h]").keeping(flags);
        bench.step();
        assert_eq!((bench.cpu.regs.cr2, bench.cpu.noted.entered), (0x7123, Some(14)));
        assert_eq!(bench.top(8), [0], "the error code");
    }
}
