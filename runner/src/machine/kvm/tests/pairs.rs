//! Guests with a second processor of their own.

use std::time::Duration;

use guests::Mode;

use super::fixture::{guest, load, machine, marks, run_to_end};
use crate::machine::kvm::Timing;
use crate::machine::{Exit, ExitKind, Session};
use crate::terms::Path;

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_peer_runs_freely_and_both_must_be_done() {
    let mut machine = machine();
    let peer = "mark p\nsnap q\nmov byte [flag], 1\nmov ecx, 20000\nwait2: dec ecx\njnz wait2\nmark r\ndone";
    let main = "mark a\nwait1: pause\ncmp byte [flag], 1\njne wait1\nmark b\ndone";
    let guest = guest(Mode::Long, Path::None, &[("main", main), ("peer", peer), ("data", "flag: db 0")]);
    for _ in 0..3 {
        let (session, first, exit) = run_to_end(&mut machine, &guest, Path::None);
        assert_eq!((first.join(" "), exit), ("a b".to_owned(), Exit { cpu: 0, kind: ExitKind::Done }));
        assert_eq!(marks(&session, &guest, 1), ["p", "q", "r"]);
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_peer_raises_to_itself() {
    let mut machine = machine();
    for path in [Path::Ioctl, Path::Events, Path::Msi] {
        let peer = "raise\nnop\nsnap s\nnop\nnop\ndone";
        let guest = guest(Mode::Long, path, &[("main", "mark a\ndone"), ("peer", peer), ("nmi", "mark n\niret")]);
        let (session, first, exit) = run_to_end(&mut machine, &guest, path);
        assert_eq!((first.join(" "), exit.kind), ("a".to_owned(), ExitKind::Done), "{path}");
        let mut second = marks(&session, &guest, 1);
        second.retain(|name| name != "s");
        assert_eq!(second, ["n"], "{path}");
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn trouble_of_a_peer_is_reported_with_its_number() {
    let mut machine = machine();
    machine.set_timing(Timing { limit: Duration::from_millis(80), ..Timing::default() });
    for (peer, kind) in [
        ("ud2", ExitKind::Fault),
        ("cli\nhlt\ndone", ExitKind::Halted),
        ("forever: jmp forever", ExitKind::Hang),
        ("lidt [none]\nud2", ExitKind::Shutdown),
    ] {
        let sections = [("main", "mark a\ndone"), ("peer", peer), ("data", "none: dw 0\ndq 0")];
        let guest = guest(Mode::Long, Path::None, &sections);
        let (mut session, _, exit) = run_to_end(&mut machine, &guest, Path::None);
        assert_eq!(exit, Exit { cpu: 1, kind }, "{peer}");
        if kind != ExitKind::Shutdown {
            assert_ne!(session.registers(1).expect("registers").rip, 0, "{peer}");
        }
    }
    // A peer that runs on when the first processor has ended does not reach the next trial.
    let guest = guest(Mode::Long, Path::None, &[("main", "ud2"), ("peer", "forever: jmp forever")]);
    for _ in 0..3 {
        assert_eq!(run_to_end(&mut machine, &guest, Path::None).2, Exit { cpu: 0, kind: ExitKind::Fault });
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_running_peer_moves_along() {
    let mut machine = machine();
    let peer = "mark p\nwait2: pause\ncmp byte [flag], 1\njne wait2\nmark r\ndone";
    let main = "snap a\nsnap b\nmov byte [flag], 1\ndone";
    let guest = guest(Mode::Long, Path::None, &[("main", main), ("peer", peer), ("data", "flag: db 0")]);
    let mut session = load(&mut machine, &guest, Path::None);
    for _ in 0..2 {
        assert_eq!(session.run().expect("run").kind, ExitKind::Snap);
        session.migrate().expect("migrate");
    }
    assert_eq!(session.run().expect("run").kind, ExitKind::Done);
    assert_eq!(marks(&session, &guest, 1), ["p", "r"]);
}
