//! How guests run and end.

use std::time::Duration;

use guests::Mode;

use super::fixture::{end, guest, load, machine, marks, run_to_end};
use crate::machine::kvm::watch::Task;
use crate::machine::kvm::{Timing, syscalls};
use crate::machine::{ExitKind, Machine, Session};
use crate::terms::Path;

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_guest_marks_raises_and_is_done_in_every_mode_that_runs_here() {
    let mut machine = machine();
    for &mode in &Mode::ALL {
        if let Some(words) = machine.lacks_mode(mode) {
            eprintln!("{mode}: {words}");
            continue;
        }
        let guest = guest(
            mode,
            Path::Ioctl,
            &[("main", "mark a\nraise\nnop\nnop\nnop\nmark b\ndone"), ("nmi", "mark n\niret")],
        );
        for _ in 0..3 {
            let (_, marks, exit) = run_to_end(&mut machine, &guest, Path::Ioctl);
            assert_eq!((marks.join(" "), exit.kind), ("a n b".to_owned(), ExitKind::Done), "{mode}");
        }
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_guest_that_only_says_done_does_so_every_time() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "done")]);
    for _ in 0..5 {
        assert_eq!(end(&mut machine, &guest, Path::None), ExitKind::Done);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_guest_that_halts_for_good_is_halted() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "mark a\nhlt\nmark b\ndone")]);
    for _ in 0..3 {
        let (mut session, marks, exit) = run_to_end(&mut machine, &guest, Path::None);
        assert_eq!((marks.join(" "), exit.kind), ("a".to_owned(), ExitKind::Halted));
        assert!(session.events().expect("events").halted);
    }
}

/// KVM looks for events whenever it is entered, so an interruption would hide a wake-up that it lost.
#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn nothing_interrupts_a_processor_between_its_halt_and_what_wakes_it() {
    let mut machine = machine();
    let sections = [("main", "mark a\narm\nhlt\nmark b\ndone"), ("nmi", "mark n\niret")];
    for path in [Path::Msi, Path::IoApic, Path::Ipi] {
        let guest = guest(Mode::Long, path, &sections);
        for _ in 0..20 {
            let (mut session, marks, exit) = run_to_end(&mut machine, &guest, path);
            assert_eq!((marks.join(" "), exit.kind), ("a n b".to_owned(), ExitKind::Done), "{path}");
            let statistics = session.statistics();
            assert_eq!(statistics.get("signal_exits"), None, "{path}: {statistics:?}");
        }
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_guest_that_loops_hangs_after_the_limit() {
    let mut machine = machine();
    machine.set_timing(Timing { limit: Duration::from_millis(60), ..Timing::default() });
    let guest = guest(Mode::Long, Path::None, &[("main", "mark a\nagain: jmp again")]);
    let this = Task(syscalls::thread_id());
    let before = this.processor_time();
    let (mut session, _, exit) = run_to_end(&mut machine, &guest, Path::None);
    assert_eq!(exit.kind, ExitKind::Hang);
    assert!(this.processor_time() - before >= Duration::from_millis(60), "a limit of processor time, not of time");
    let rip = session.registers(0).expect("registers").rip;
    assert_eq!(rip, *guest.symbols.get("again").expect("label"));
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_triple_fault_is_a_shutdown_and_the_next_trial_is_clean() {
    let mut machine = machine();
    let bad = guest(Mode::Long, Path::None, &[("main", "mark a\nlidt [none]\nud2"), ("data", "none: dw 0\ndq 0")]);
    let good = guest(Mode::Long, Path::None, &[("main", "mark a\ndone")]);
    for _ in 0..3 {
        assert_eq!(end(&mut machine, &bad, Path::None), ExitKind::Shutdown);
        assert_eq!(end(&mut machine, &good, Path::None), ExitKind::Done);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_unclaimed_exception_is_a_fault_with_its_frame_on_the_stack() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "mark a\nbad: ud2")]);
    let (mut session, _, exit) = run_to_end(&mut machine, &guest, Path::None);
    assert_eq!(exit.kind, ExitKind::Fault);
    let rsp = session.registers(0).expect("registers").general[4];
    let mut frame = [0; 24];
    session.read(rsp, &mut frame).expect("stack");
    assert_eq!(frame[0], 6);
    assert_eq!(u64::from_le_bytes(frame[16..24].try_into().expect("8")), *guest.symbols.get("bad").expect("label"));
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn memory_that_is_not_there_is_trouble_that_names_the_address() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "mov eax, 0FEC80000h\nmov ebx, [rax]\ndone")]);
    let mut session = load(&mut machine, &guest, Path::None);
    // Unmapped in the guest's tables as well: then it is a page fault of the guest, which is fine too.
    match session.run() {
        Err(trouble) => assert!(trouble.to_string().contains("0xfec80000"), "{trouble}"),
        Ok(exit) => assert_eq!(exit.kind, ExitKind::Fault),
    }
    assert!(session.read(guests::map::MEMORY_SIZE - 1, &mut [0; 2]).is_err());
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn statistics_count_exits_since_the_load() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "snap a\nsnap b\ndone")]);
    run_to_end(&mut machine, &guest, Path::None);
    let (mut session, marks, _) = run_to_end(&mut machine, &guest, Path::None);
    let statistics = session.statistics();
    if let Some(&exits) = statistics.get("exits") {
        assert!((1..100_000).contains(&exits), "{exits}");
    }
    assert_eq!(marks, ["a", "b"]);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_breakpoint_stops_before_its_instruction_until_it_is_taken_off() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::None, &[("main", "mark a\nhere: nop\nmark b\nthere: nop\nmark c\ndone")]);
    let here = *guest.symbols.get("here").expect("label");
    let there = *guest.symbols.get("there").expect("label");
    for _ in 0..2 {
        let mut session = load(&mut machine, &guest, Path::None);
        session.set_breakpoints(&[here, there]).expect("breakpoints");
        assert_eq!(session.run().expect("run").kind, ExitKind::Breakpoint(here));
        assert_eq!(marks(&session, &guest, 0), ["a"]);
        session.set_breakpoints(&[there]).expect("breakpoints");
        session.migrate().expect("migrate");
        assert_eq!(session.run().expect("run").kind, ExitKind::Breakpoint(there));
        assert_eq!(marks(&session, &guest, 0), ["a", "b"]);
        session.set_breakpoints(&[]).expect("breakpoints");
        assert_eq!(session.run().expect("run").kind, ExitKind::Done);
    }
    // The next trial has none left.
    assert_eq!(end(&mut machine, &guest, Path::None), ExitKind::Done);
}
