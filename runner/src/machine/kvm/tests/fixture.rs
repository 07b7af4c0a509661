use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, map};

use crate::machine::kvm::KvmMachine;
use crate::machine::{Exit, ExitKind, Machine};
use crate::terms::Path;

/// A machine, or a printed reason why the test cannot run here.
pub(super) fn machine() -> Option<KvmMachine> {
    match KvmMachine::open() {
        Ok(machine) => Some(machine),
        Err(trouble) => {
            eprintln!("skipped: {trouble}");
            None
        }
    }
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

/// Runs until an exit ends the trial, doing what the guest asks for; the marks of processor 0 and the last exit.
pub(super) fn drive(machine: &mut KvmMachine, guest: &Arc<Guest>, path: Path) -> (Vec<String>, Exit) {
    machine.load(guest, path).unwrap_or_else(|trouble| panic!("load: {trouble}"));
    let exit = go_on(machine);
    (marks(machine, guest, 0), exit)
}

/// Runs on from where the machine stands.
pub(super) fn go_on(machine: &mut KvmMachine) -> Exit {
    loop {
        let exit = machine.run().unwrap_or_else(|trouble| panic!("run: {trouble}"));
        match exit.kind {
            ExitKind::Snap => {}
            ExitKind::Raise(count) => machine.raise(count).unwrap_or_else(|trouble| panic!("raise: {trouble}")),
            ExitKind::Arm => machine.arm().unwrap_or_else(|trouble| panic!("arm: {trouble}")),
            ExitKind::Irq => {
                machine.interrupt(guests::vector::IRQ).unwrap_or_else(|trouble| panic!("interrupt: {trouble}"));
            }
            _ => return exit,
        }
    }
}

/// Runs until the next snap.
pub(super) fn to_snap(machine: &mut KvmMachine) {
    loop {
        let exit = machine.run().unwrap_or_else(|trouble| panic!("run: {trouble}"));
        match exit.kind {
            ExitKind::Snap => return,
            ExitKind::Raise(count) => machine.raise(count).expect("raise"),
            other => panic!("{other:?} instead of a snap"),
        }
    }
}

/// The names of the records of one processor.
pub(super) fn marks(machine: &KvmMachine, guest: &Guest, cpu: u8) -> Vec<String> {
    let mut head = [0; 4];
    machine.read(map::RING_HEAD, &mut head).expect("ring head");
    let mut names = Vec::new();
    for number in 0..u64::from(u32::from_le_bytes(head)).min(map::RING_RECORDS) {
        let mut bytes = [0; map::RECORD_SIZE as usize];
        machine.read(map::RING.start + number * map::RECORD_SIZE, &mut bytes).expect("record");
        let record = guests::abi::decode_ring(&bytes, 1).remove(0);
        if record.cpu == cpu {
            names.push(guest.marks.get(usize::from(record.mark)).cloned().unwrap_or_default());
        }
    }
    names
}
