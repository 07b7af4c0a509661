//! A machine, guests, and running them, for the tests beside this file.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, map};

use crate::machine::kvm::KvmMachine;
use crate::machine::kvm::session::KvmSession;
use crate::machine::{Exit, ExitKind, Session};
use crate::terms::Path;

/// A machine. The tests that need one are ignored where the build script found no KVM.
pub(crate) fn machine() -> KvmMachine {
    KvmMachine::open().unwrap_or_else(|trouble| {
        panic!("{trouble} (it was there when this was built; where it is gone for good: touch runner/build/main.rs)")
    })
}

/// Where the environment demands KVM, as it does of the conformance tests, none of them may be ignored.
#[test]
fn tests_on_kvm_run_where_they_are_demanded() {
    let demanded = std::env::var("NMI_REQUIRE").is_ok_and(|words| words.split([',', ' ']).any(|word| word == "kvm"));
    assert!(!demanded || !cfg!(without_kvm), "there was no KVM when this was built; then: touch runner/build/main.rs");
}

/// A guest of these sections, wired for `path`.
pub(super) fn guest(mode: Mode, path: Path, sections: &[(&str, &str)]) -> Arc<Guest> {
    let sections: Vec<Section> = sections
        .iter()
        .map(|(word, text)| Section {
            name: SectionName::from_word(word).expect("a section's word"),
            text: (*text).to_owned(),
        })
        .collect();
    let program = Program { sections, boot: Boot::default() };
    let wiring = Wiring {
        raise: match path {
            Path::XApic => RaiseBy::XApic,
            Path::X2Apic => RaiseBy::X2Apic,
            _ => RaiseBy::Host,
        },
        sender: path == Path::Ipi && !program.has_peer(),
        constants: BTreeMap::new(),
    };
    Arc::new(guests::build(&program, mode, &wiring).unwrap_or_else(|problems| panic!("{problems:#?}")))
}

/// Loads a guest.
pub(super) fn load<'m>(machine: &'m mut KvmMachine, guest: &Arc<Guest>, path: Path) -> KvmSession<'m> {
    machine.session(guest, path).unwrap_or_else(|trouble| panic!("load: {trouble}"))
}

/// Runs until an exit ends the trial, doing what the guest asks for; the session, the marks of processor 0 and the last exit.
pub(super) fn run_to_end<'m>(
    machine: &'m mut KvmMachine,
    guest: &Arc<Guest>,
    path: Path,
) -> (KvmSession<'m>, Vec<String>, Exit) {
    let mut session = load(machine, guest, path);
    let exit = go_on(&mut session);
    let marks = marks(&session, guest, 0);
    (session, marks, exit)
}

/// How a guest ends.
pub(super) fn end(machine: &mut KvmMachine, guest: &Arc<Guest>, path: Path) -> ExitKind {
    run_to_end(machine, guest, path).2.kind
}

/// Runs on from where the guest stands.
pub(super) fn go_on(session: &mut KvmSession<'_>) -> Exit {
    loop {
        let exit = session.run().unwrap_or_else(|trouble| panic!("run: {trouble}"));
        match exit.kind {
            ExitKind::Snap => {}
            ExitKind::Raise(count) => session.raise(count).unwrap_or_else(|trouble| panic!("raise: {trouble}")),
            ExitKind::Arm => session.arm().unwrap_or_else(|trouble| panic!("arm: {trouble}")),
            ExitKind::Irq => {
                session.interrupt(guests::vector::IRQ).unwrap_or_else(|trouble| panic!("interrupt: {trouble}"));
            }
            _ => return exit,
        }
    }
}

/// Runs until the next snap.
pub(super) fn to_snap(session: &mut KvmSession<'_>) {
    loop {
        let exit = session.run().unwrap_or_else(|trouble| panic!("run: {trouble}"));
        match exit.kind {
            ExitKind::Snap => return,
            ExitKind::Raise(count) => session.raise(count).expect("raise"),
            other => panic!("{other:?} instead of a snap"),
        }
    }
}

/// The names of the records of one processor.
pub(super) fn marks(session: &KvmSession<'_>, guest: &Guest, cpu: u8) -> Vec<String> {
    let mut head = [0; 4];
    session.read(map::RING_HEAD, &mut head).expect("ring head");
    let mut names = Vec::new();
    for number in 0..u64::from(u32::from_le_bytes(head)).min(map::RING_RECORDS) {
        let mut bytes = [0; map::RECORD_SIZE as usize];
        session.read(map::RING.start + number * map::RECORD_SIZE, &mut bytes).expect("record");
        let record = guests::abi::decode_ring(&bytes, 1).remove(0);
        if record.cpu == cpu {
            names.push(guest.marks.get(usize::from(record.mark)).cloned().unwrap_or_default());
        }
    }
    names
}
