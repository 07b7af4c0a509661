//! What the host sees and changes, and migration.

use guests::Mode;

use super::fixture::{go_on, guest, load, machine, marks, run_to_end, to_snap};
use crate::machine::{ExitKind, Session};
use crate::terms::{Events, EventsChange, Path};

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn events_tell_of_blocking_and_of_what_is_pending() {
    let mut machine = machine();
    let guest =
        guest(Mode::Long, Path::Ioctl, &[("main", "raise\nnop\ndone"), ("nmi", "snap n\nraise\nsnap held\ndone")]);
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    to_snap(&mut session);
    assert_eq!(session.events().expect("events"), Events { masked: true, ..Events::default() });
    to_snap(&mut session);
    assert_eq!(session.events().expect("events"), Events { masked: true, pending: 1, ..Events::default() });
    // Unblock and withdraw it: nothing more comes.
    let change = EventsChange { pending: Some(0), masked: Some(false), ..EventsChange::default() };
    session.set_events(change).expect("set");
    assert_eq!(session.events().expect("events"), Events::default());
    session.set_events(EventsChange::default()).expect("round trip");
    assert_eq!(go_on(&mut session).kind, ExitKind::Done);
    assert_eq!(marks(&session, &guest, 0), ["n", "held"]);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn events_before_the_first_run_are_those_of_the_start() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "nop\nnop\nmark a\ndone"), ("nmi", "mark n\niret")]);
    let mut session = load(&mut machine, &guest, Path::Ioctl);
    session.raise(1).expect("raise");
    assert_eq!(session.events().expect("events"), Events { pending: 1, ..Events::default() });
    assert_eq!(session.registers(0).expect("registers").rip, *guest.symbols.get("main").expect("label"));
    go_on(&mut session);
    assert_eq!(marks(&session, &guest, 0), ["n", "a"]);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn migrating_at_every_snap_changes_nothing_that_the_guest_sees() {
    let mut machine = machine();
    for path in [Path::Ioctl, Path::XApic, Path::Msi, Path::IoApic, Path::Ipi, Path::X2Apic] {
        let main = "mov r15, 1234567890ABCDEFh\nsnap a\nraise\nnop\nnop\nsnap b\nnop\nnop\nsnap c\nmov rax, r15\ndone";
        let guest = guest(Mode::Long, path, &[("main", main), ("nmi", "snap n\niret")]);
        let mut plain = run_to_end(&mut machine, &guest, path).1;
        let mut session = load(&mut machine, &guest, path);
        loop {
            match session.run().expect("run").kind {
                ExitKind::Snap => session.migrate().unwrap_or_else(|trouble| panic!("{path}: {trouble}")),
                ExitKind::Raise(count) => session.raise(count).expect("raise"),
                ExitKind::Done => break,
                other => panic!("{path}: {other:?}"),
            }
        }
        let mut moved = marks(&session, &guest, 0);
        plain.sort();
        moved.sort();
        assert_eq!(moved, plain, "{path}");
        assert_eq!(session.registers(0).expect("registers").general[0], 0x1234_5678_90ab_cdef);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_armed_nmi_survives_a_migration() {
    let mut machine = machine();
    for path in [Path::Ioctl, Path::Events, Path::Msi, Path::IoApic, Path::Ipi] {
        let guest = guest(Mode::Long, path, &[("main", "arm\nsnap a\nhlt\nmark b\ndone"), ("nmi", "mark n\niret")]);
        let mut session = load(&mut machine, &guest, path);
        assert_eq!(session.run().expect("run").kind, ExitKind::Arm);
        session.arm().expect("arm");
        assert_eq!(session.run().expect("run").kind, ExitKind::Snap);
        session.migrate().expect("migrate");
        assert_eq!(go_on(&mut session).kind, ExitKind::Done, "{path}");
        assert_eq!(marks(&session, &guest, 0), ["a", "n", "b"], "{path}");
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_halted_guest_stays_halted_over_a_migration() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::Ioctl, &[("main", "mark a\nhlt\nmark b\ndone"), ("nmi", "mark n\niret")]);
    let (mut session, _, exit) = run_to_end(&mut machine, &guest, Path::Ioctl);
    assert_eq!(exit.kind, ExitKind::Halted);
    session.migrate().expect("migrate");
    assert!(session.events().expect("events").halted);
    assert_eq!(session.run().expect("run").kind, ExitKind::Halted);
    session.raise(1).expect("raise");
    assert_eq!(go_on(&mut session).kind, ExitKind::Done);
    assert_eq!(marks(&session, &guest, 0), ["a", "n", "b"]);
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_external_interrupt_is_delivered_when_the_guest_allows_it() {
    let mut machine = machine();
    let guest = guest(
        Mode::Long,
        Path::None,
        &[
            ("main", "irq\nmark a\nsti\nnop\nsnap s\nnop\nnop\nmark b\ndone"),
            ("irq", "mark i\npush rax\neoi\npop rax\niret"),
        ],
    );
    let mut marks = run_to_end(&mut machine, &guest, Path::None).1;
    marks.retain(|name| name != "s");
    assert_eq!(marks, ["a", "i", "b"]);
}
