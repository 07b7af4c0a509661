//! Runs one scenario, and reads what the hypervisor recorded at each #VMEXIT.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use guests::abi::{Record, decode_ring};
use guests::map;
use lab::bare::{Fate, Features, Image, Patience, boot_all};
use lab::boot::Boot;
use x86::svm::{IntCtl, Intercept, exit};

use crate::guest::entry;
use crate::scenario::Scenario;

/// One line for each exit, one more if the guest did not end by `done`; and the processor's features.
pub(crate) fn run(machine: &Boot<Image>, scenario: &Scenario) -> (Vec<String>, Option<Features>) {
    let folder = tempfile::tempdir().unwrap();
    let (entry, labels) = entry(scenario);
    let stop = AtomicBool::new(false);
    let (fates, have) = boot_all(machine, &[entry], folder.path(), Patience::default(), &stop).unwrap();
    let Some(Fate::Answered(answer)) = fates.first() else { return (vec![format!("{fates:?}")], have) };
    let mut ring = Vec::new();
    for record in &answer.records {
        ring.extend(record);
        ring.resize(ring.len().next_multiple_of(map::RECORD_SIZE as usize), 0);
    }
    let records = decode_ring(&ring, answer.reserved);
    let pairs = records.chunks_exact(2);
    let mut lines: Vec<String> = pairs.map(|pair| line(&pair[0], &pair[1], &labels)).collect();
    if !answer.done {
        lines.push("an exception of the hypervisor's own".to_owned());
    }
    (lines, have)
}

/// The line of an exit: what the VMCB held, and what the guest left in EAX and EBX.
fn line(exit: &Record, said: &Record, labels: &BTreeMap<String, u64>) -> String {
    let [code, delivering, rip, control, ..] = exit.stack;
    let (int_ctl, shadow) = (IntCtl::from_bits(control as u32), control >> 32);
    let [trail, frame, ..] = said.stack;
    let what = match code {
        _ if code == exit::exception(x86::vector::GP) => "#GP".to_owned(),
        _ if code == Intercept::VMMCALL.exit_code() => "VMMCALL".to_owned(),
        _ => format!("exit {code:X}h"),
    };
    let mut text = format!("{what} at {}", place(rip, labels));
    if trail as u32 != 0 {
        text += &format!(", trail {:x}", trail as u32);
    }
    if frame != 0 {
        text += &format!(", frame {}", place(frame, labels));
    }
    for (set, name) in [(int_ctl.v_nmi(), "V_NMI"), (int_ctl.v_nmi_mask(), "V_NMI_MASK")] {
        if set {
            text += &format!(", {name}");
        }
    }
    if shadow & 1 != 0 {
        text += ", shadow";
    }
    match (delivering >> 31 & 1, delivering >> 8 & 7, delivering & 0xFF) {
        (0, ..) => {}
        (_, 2, 2) => text += ", delivering NMI",
        (_, kind, vector) => text += &format!(", delivering type {kind} vector {vector}"),
    }
    text
}

/// The nearest label at or below the address, with the distance if it is not 0.
fn place(address: u64, labels: &BTreeMap<String, u64>) -> String {
    let nearest = labels.iter().filter(|(_, at)| **at <= address).max_by_key(|(name, at)| (**at, *name != "guest"));
    match nearest {
        Some((name, at)) if *at == address => name.clone(),
        Some((name, at)) => format!("{name}+{}", address - at),
        None => format!("{address:X}h"),
    }
}
