//! Single-step traps of the guest's own, which KVM tells the host while guest debugging is on.

use guests::Mode;

use super::fixture::{guest, load, machine, marks, to_snap};
use crate::machine::{ExitKind, Returned, Session};
use crate::terms::Path;

/// DR6 as it reads after a single-step trap, and after breakpoint 0: the bits that are always 1, and BS or B0.
const STEPPED: u64 = 0xffff_4ff0;
const HIT: u64 = 0xffff_0ff1;

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_trap_of_the_guests_own_reaches_it_while_a_breakpoint_is_set() {
    let mut machine = machine();
    let main = "mark a\npushf\nor dword [rsp], 100h\npopf\nnop\nnop\nmark b\nhere: done";
    let guest =
        guest(Mode::Long, Path::Ioctl, &[("main", main), ("db", "mark d\nand dword [rsp+16], 0FFFFFEFFh\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    session.set_breakpoints(&[here]).expect("breakpoints");
    assert_eq!(session.run().expect("run").kind, ExitKind::Breakpoint(here));
    assert_eq!(marks(&session, &guest, 0), ["a", "d", "b"]);
}

/// The value returned by completing an OUT is a parameter, so that the test does not depend on this host's KVM.
#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_trap_that_the_completion_of_an_out_reports_reaches_the_guest() {
    let mut machine = machine();
    let sections = [("main", "snap a\nmark b\nhere: done"), ("db", "mark d\nmov rax, dr6\nmov [seen], rax\niret")];
    let guest = guest(Mode::Long, Path::Ioctl, &[sections[0], sections[1], ("data", "seen: dq 0")]);
    let here = *guest.symbols.get("here").expect("label");
    let seen = *guest.symbols.get("seen").expect("label");
    for migrates in [false, true] {
        let mut session = load(&mut machine, &guest, Path::Ioctl);
        session.set_breakpoints(&[here]).expect("breakpoints");
        to_snap(&mut session);
        session.vm().first.settle().expect("settle");
        let reported = Returned::Debug { rip: 0, dr6: STEPPED };
        session.vm().first.completed(&reported).expect("a debug exit completes, too");
        if migrates {
            session.migrate().expect("migrate");
        }
        assert_eq!(session.run().expect("run").kind, ExitKind::Breakpoint(here));
        assert_eq!(marks(&session, &guest, 0), ["a", "d", "b"]);
        let mut dr6 = [0; 8];
        session.read(seen, &mut dr6).expect("data");
        assert_eq!(u64::from_le_bytes(dr6), STEPPED);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_breakpoint_that_the_completion_of_an_out_reports_is_hit_when_the_processor_runs() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\nhere: nop\nmark b\ndone"), ("db", "mark d\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    session.set_breakpoints(&[here]).expect("breakpoints");
    to_snap(&mut session);
    session.vm().first.settle().expect("settle");
    let reported = Returned::Debug { rip: here, dr6: HIT };
    session.vm().first.completed(&reported).expect("a debug exit completes, too");
    assert_eq!(session.run().expect("run").kind, ExitKind::Breakpoint(here));
    session.set_breakpoints(&[]).expect("breakpoints");
    assert_eq!(session.run().expect("run").kind, ExitKind::Done);
    assert_eq!(marks(&session, &guest, 0), ["a", "b"]);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_exit_that_completes_nothing_is_trouble() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "snap a\ndone")]);
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    to_snap(&mut session);
    let trouble = session.vm().first.completed(&Returned::Halt).expect_err("a halt is no completion");
    assert!(trouble.to_string().contains("immediate_exit"), "{trouble}");
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_guest_that_single_steps_over_exits_is_looked_at_without_trouble() {
    let mut machine = machine();
    let main = "pushf\nor dword [rsp], 100h\npopf\nsnap a\nraise\nand dword [rsp-8], 0\npushf\nand dword [rsp], 0FFFFFEFFh\n\
                popf\nnop\nmark b\nhere: done";
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", main), ("db", "iret"), ("nmi", "mark n\niret")]);
    let here = *guest.symbols.get("here").expect("label");
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    session.set_breakpoints(&[here]).expect("breakpoints");
    loop {
        match session.run().expect("run").kind {
            ExitKind::Snap => {}
            ExitKind::Raise(count) => session.raise(count).expect("raise"),
            ExitKind::Breakpoint(at) => break assert_eq!(at, here),
            other => panic!("{other:?}"),
        }
        session.events().expect("a look is never trouble");
    }
    assert_eq!(marks(&session, &guest, 0), ["a", "n", "b"]);
}
