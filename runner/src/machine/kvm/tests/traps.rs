//! Single-step traps of the guest's own, which KVM tells the host while guest debugging is on.

use guests::Mode;

use super::fixture::{guest, machine, marks, to_snap};
use crate::machine::kvm::sys::Stopped;
use crate::machine::{ExitKind, Machine};
use crate::terms::Path;

/// DR6 as it reads after a single-step trap, and after breakpoint 0: the bits that are always 1, and BS or B0.
const STEPPED: u64 = 0xffff_4ff0;
const HIT: u64 = 0xffff_0ff1;

#[test]
fn a_trap_of_the_guests_own_reaches_it_while_a_breakpoint_is_set() {
    let Some(mut machine) = machine() else { return };
    let main = "mark a\npushf\nor dword [rsp], 100h\npopf\nnop\nnop\nmark b\nhere: done";
    let guest =
        guest(Mode::Long, Path::Ioctl, &[("main", main), ("db", "mark d\nand dword [rsp+16], 0FFFFFEFFh\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    machine.load(&guest, Path::Ioctl).expect("load");
    machine.set_breakpoints(&[here]).expect("breakpoints");
    assert_eq!(machine.run().expect("run").kind, ExitKind::Breakpoint(here));
    assert_eq!(marks(&machine, &guest, 0), ["a", "d", "b"]);
}

/// What the completion of an OUT returned is handed in, so that this holds whatever this host's KVM returns there.
#[test]
fn a_trap_that_the_completion_of_an_out_reports_reaches_the_guest() {
    let Some(mut machine) = machine() else { return };
    let sections = [("main", "snap a\nmark b\nhere: done"), ("db", "mark d\nmov rax, dr6\nmov [seen], rax\niret")];
    let guest = guest(Mode::Long, Path::Ioctl, &[sections[0], sections[1], ("data", "seen: dq 0")]);
    let here = *guest.symbols.get("here").expect("label");
    let seen = *guest.symbols.get("seen").expect("label");
    for migrates in [false, true] {
        machine.load(&guest, Path::Ioctl).expect("load");
        machine.set_breakpoints(&[here]).expect("breakpoints");
        to_snap(&mut machine);
        machine.unit().expect("unit").first.settle().expect("settle");
        let reported = Stopped::Debug { rip: 0, dr6: STEPPED };
        machine.unit().expect("unit").first.completed(&reported).expect("a debug exit completes, too");
        if migrates {
            machine.migrate().expect("migrate");
        }
        assert_eq!(machine.run().expect("run").kind, ExitKind::Breakpoint(here));
        assert_eq!(marks(&machine, &guest, 0), ["a", "d", "b"]);
        let mut dr6 = [0; 8];
        machine.read(seen, &mut dr6).expect("data");
        assert_eq!(u64::from_le_bytes(dr6), STEPPED);
    }
}

#[test]
fn a_breakpoint_that_the_completion_of_an_out_reports_is_hit_when_the_processor_runs() {
    let Some(mut machine) = machine() else { return };
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\nhere: nop\nmark b\ndone"), ("db", "mark d\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    machine.load(&guest, Path::Ioctl).expect("load");
    machine.set_breakpoints(&[here]).expect("breakpoints");
    to_snap(&mut machine);
    machine.unit().expect("unit").first.settle().expect("settle");
    let reported = Stopped::Debug { rip: here, dr6: HIT };
    machine.unit().expect("unit").first.completed(&reported).expect("a debug exit completes, too");
    assert_eq!(machine.run().expect("run").kind, ExitKind::Breakpoint(here));
    machine.set_breakpoints(&[]).expect("breakpoints");
    assert_eq!(machine.run().expect("run").kind, ExitKind::Done);
    assert_eq!(marks(&machine, &guest, 0), ["a", "b"]);
}

#[test]
fn an_exit_that_completes_nothing_is_trouble() {
    let Some(mut machine) = machine() else { return };
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    machine.load(&guest, Path::Ioctl).expect("load");
    to_snap(&mut machine);
    let trouble = machine.unit().expect("unit").first.completed(&Stopped::Halt).expect_err("a halt is no completion");
    assert!(trouble.to_string().contains("immediate_exit"), "{trouble}");
}

#[test]
fn a_guest_that_single_steps_over_exits_is_looked_at_without_trouble() {
    let Some(mut machine) = machine() else { return };
    let main = "pushf\nor dword [rsp], 100h\npopf\nsnap a\nraise\nand dword [rsp-8], 0\npushf\nand dword [rsp], 0FFFFFEFFh\n\
                popf\nnop\nmark b\nhere: done";
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", main), ("db", "iret"), ("nmi", "mark n\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    machine.load(&guest, Path::Ioctl).expect("load");
    machine.set_breakpoints(&[here]).expect("breakpoints");
    loop {
        match machine.run().expect("run").kind {
            ExitKind::Snap => {}
            ExitKind::Raise(count) => machine.raise(count).expect("raise"),
            ExitKind::Breakpoint(at) => break assert_eq!(at, here),
            other => panic!("{other:?}"),
        }
        machine.events().expect("a look is never trouble");
    }
    assert_eq!(marks(&machine, &guest, 0), ["a", "n", "b"]);
}
