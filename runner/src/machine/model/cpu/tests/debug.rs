//! Breakpoints of the guest and single steps: fault or trap, DR6, RF.

use guests::Mode;
use x86::flags::{RF, TF};

use crate::machine::model::exec::Stepped;
use crate::machine::model::testing::{Bench, DATA, OPPOSITE_FLAGS};

/// DR7 with breakpoint 0 on (G0), for this R/W and LEN.
fn dr7(access: u64, length: u64) -> u64 {
    0x402 | access << 16 | length << 18
}

#[test]
fn an_instruction_breakpoint_faults_before_its_instruction() {
    for flags in OPPOSITE_FLAGS {
        for mode in [Mode::Protected, Mode::Long] {
            let mut bench = Bench::new(mode, "inc eax").beginning_with(flags);
            let start = bench.cpu.regs.rip;
            (bench.cpu.regs.dr[0], bench.cpu.regs.dr[7]) = (start, dr7(0, 0));
            bench.step();
            assert_eq!(
                (bench.cpu.noted.entered, bench.cpu.regs.dr[6], bench.cpu.regs.general[0]),
                (Some(1), 0xffff_0ff1, 0)
            );
            let [rip, _, flags]: [u64; 3] = bench.top(if mode == Mode::Long { 8 } else { 4 });
            assert_eq!((rip, flags & RF), (start, 0), "{mode}");
        }
    }
}

#[test]
fn rf_lets_one_instruction_pass() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "inc eax").beginning_with(flags);
        (bench.cpu.regs.dr[0], bench.cpu.regs.dr[7]) = (bench.cpu.regs.rip, dr7(0, 0));
        bench.flags(RF, RF);
        bench.step();
        assert_eq!((bench.cpu.noted.entered, bench.cpu.regs.general[0]), (None, 1));
        assert_eq!(bench.cpu.regs.rflags & RF, 0);
    }
}

#[test]
fn a_data_breakpoint_traps_after_the_access_that_it_watches() {
    for flags in OPPOSITE_FLAGS {
        // R/W and LEN, the address watched, text, whether it is hit.
        for (access, length, address, text, hit) in [
            (1, 0, DATA, "mov [5000h], al", true),
            (1, 0, DATA, "mov al, [5000h]", false),
            (3, 0, DATA, "mov al, [5000h]", true),
            (3, 0, DATA, "mov [5000h], al", true),
            (1, 0, DATA + 1, "mov [5000h], al", false),
            (1, 0, DATA + 3, "mov [5000h], eax", true),
            (1, 3, DATA, "mov [5003h], al", true),
            (1, 3, DATA, "mov [5004h], al", false),
            (1, 2, DATA, "mov [5007h], al", true),
            (1, 1, DATA + 1, "mov [5000h], al", true),
        ] {
            let mut bench = Bench::new(Mode::Long, &format!("{text}\nbehind: nop")).beginning_with(flags);
            (bench.cpu.regs.dr[0], bench.cpu.regs.dr[7]) = (address, dr7(access, length));
            assert_eq!(bench.step(), Stepped::Instruction);
            assert_eq!(bench.cpu.regs.rip, bench.symbol("behind"), "{text}");
            let next = bench.step();
            assert_eq!(next == Stepped::Event, hit, "{text} at {address:#x}");
            assert_eq!(bench.cpu.regs.dr[6], if hit { 0xffff_0ff1 } else { 0xffff_0ff0 }, "{text}");
            if hit {
                assert_eq!((bench.cpu.noted.entered, bench.top(8)), (Some(1), [bench.symbol("behind")]));
            }
        }
    }
}

#[test]
fn a_single_step_traps_after_the_instruction_that_began_with_tf() {
    for flags in OPPOSITE_FLAGS {
        let mut bench = Bench::new(Mode::Long, "inc eax\nbehind: nop").beginning_with(flags);
        bench.flags(TF, TF);
        assert_eq!(bench.step(), Stepped::Instruction);
        assert_eq!(bench.step(), Stepped::Event);
        assert_eq!((bench.cpu.noted.entered, bench.cpu.regs.dr[6]), (Some(1), 0xffff_4ff0));
        let [rip, _, flags]: [u64; 3] = bench.top(8);
        assert_eq!((rip, flags & TF, bench.cpu.regs.rflags & TF), (bench.symbol("behind"), TF, 0));
    }
}

#[test]
fn popf_that_sets_tf_lets_the_next_instruction_run_first() {
    let mut bench = Bench::new(Mode::Long, "push 102h\npopfq\ninc eax\nbehind: nop");
    bench.step();
    bench.step();
    assert_eq!(bench.step(), Stepped::Instruction);
    assert_eq!(bench.step(), Stepped::Event);
    assert_eq!((bench.top(8), bench.cpu.regs.general[0]), ([bench.symbol("behind")], 1));
}
