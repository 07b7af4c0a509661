//! Every path raises NMIs.

use guests::Mode;

use super::fixture::{guest, load, machine, run_to_end};
use crate::machine::{ExitKind, Machine, Session};
use crate::terms::{Need, Path};

/// Modes that run here, and paths that can raise by the host.
fn everything(machine: &impl Machine) -> Vec<(Mode, Path)> {
    let modes = Mode::ALL.into_iter().filter(|&mode| machine.lacks_mode(mode).is_none());
    modes
        .flat_map(|mode| Path::ALL.iter().map(move |&path| (mode, path)))
        .filter(|&(_, path)| path != Path::None && !(path == Path::X2Apic && machine.lacks(Need::X2Apic).is_some()))
        .collect()
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_nmi_is_delivered_by_every_path() {
    let mut machine = machine();
    for (mode, path) in everything(&machine) {
        let guest = guest(
            mode,
            path,
            &[("main", "mark a\nraise\nnop\nsnap s\nnop\nnop\nmark b\ndone"), ("nmi", "mark n\niret")],
        );
        for _ in 0..3 {
            let (_, mut marks, exit) = run_to_end(&mut machine, &guest, path);
            // Where exactly the NMI comes is a matter for cases.
            marks.retain(|name| name != "s");
            assert_eq!((marks.join(" "), exit.kind), ("a n b".to_owned(), ExitKind::Done), "{mode} {path}");
        }
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn two_nmis_raised_at_once_are_both_delivered_by_every_path_of_the_host() {
    let mut machine = machine();
    for (mode, path) in everything(&machine) {
        if path.is_guests_own() || path == Path::None {
            continue;
        }
        let guest = guest(
            mode,
            path,
            &[("main", "raise 2\nnop\nsnap s\nsnap s\nsnap s\nnop\nmark b\ndone"), ("nmi", "mark n\niret")],
        );
        let (_, mut marks, exit) = run_to_end(&mut machine, &guest, path);
        marks.retain(|name| name != "s");
        assert_eq!((marks.join(" "), exit.kind), ("n n b".to_owned(), ExitKind::Done), "{mode} {path}");
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn an_armed_nmi_wakes_a_halted_processor_by_every_path_of_the_host() {
    let mut machine = machine();
    for (mode, path) in everything(&machine) {
        if path.is_guests_own() {
            continue;
        }
        let guest =
            guest(mode, path, &[("main", "mark a\narm\nhlt\nmark b\narm\nhlt\nmark c\ndone"), ("nmi", "mark n\niret")]);
        for _ in 0..2 {
            let (_, marks, exit) = run_to_end(&mut machine, &guest, path);
            assert_eq!((marks.join(" "), exit.kind), ("a n b n c".to_owned(), ExitKind::Done), "{mode} {path}");
        }
    }
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn the_host_cannot_raise_by_a_path_of_the_guests_own() {
    let mut machine = machine();
    let guest = guest(Mode::Long, Path::XApic, &[("main", "snap a\ndone")]);
    let mut session = load(&mut machine, &guest, Path::XApic);
    session.run().expect("run");
    insta::assert_snapshot!(session.raise(1).expect_err("trouble"), @"raising an NMI on processor 0 over the trial's path: the guest itself raises there; a step of the host needs another path");
}
