//! How a guest starts, resolved.

use std::collections::BTreeMap;

use guests::{Boot, Gate, L2Boot, Mode, PageFlaw, map, vector};
use x86::segment::LIMIT_64K;

use super::values::{Known, number, word};
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Map, Maybe, RawCase, RawL2Boot};
use crate::case::vocabulary;

/// How the guest starts. Reports what one of the case's modes does not have.
pub(super) fn resolve(raw: &RawCase, modes: &[Known<Mode>], report: &mut Report) -> Boot {
    let mut boot = Boot::default();
    let Some(raw) = raw.boot.get() else { return boot };
    if let Some(user) = raw.user.get() {
        boot.user = user.value;
        if user.value {
            refuse(Mode::Real, modes, user.place, "CPL 3", report);
        }
    }
    for (name, index) in raw.ist.entries() {
        refuse(Mode::Real, modes, name.place, "an interrupt stack table", report);
        refuse(Mode::Protected, modes, name.place, "an interrupt stack table", report);
        let index = number(index, "an interrupt stack table index", 1..=3, report);
        if let (Some(vector), Some(index)) = (vector_named(name, report), index) {
            boot.ist.insert(vector, index);
        }
    }
    for (name, gate) in raw.gates.entries() {
        refuse(Mode::Real, modes, name.place, "gates", report);
        if vocabulary::of(&vocabulary::GATES, &gate.value).is_some_and(Gate::needs_long_mode) {
            refuse(Mode::Protected, modes, gate.place, &format!("gate `{}`", gate.value), report);
        }
    }
    boot.gates = gates(&raw.gates, report);
    boot.idt_limit = raw.idt_limit.get().and_then(|limit| idt_limit(limit, report));
    boot.l2 = raw.l2.get().map(|l2| of_l2(&l2.value, report)).unwrap_or_default();
    for (name, flaw) in raw.pages.entries() {
        refuse(Mode::Real, modes, name.place, "paging", report);
        page(name, flaw, &mut boot, report);
    }
    boot
}

/// How L2 starts.
fn of_l2(raw: &RawL2Boot, report: &mut Report) -> L2Boot {
    L2Boot {
        gates: gates(&raw.gates, report),
        idt_limit: raw.idt_limit.get().and_then(|limit| idt_limit(limit, report)),
        interrupts: raw.interrupts.value().unwrap_or_default(),
    }
}

/// Gates by vector.
fn gates(raw: &Maybe<Map<At<String>>>, report: &mut Report) -> BTreeMap<u8, Gate> {
    let mut gates = BTreeMap::new();
    for (name, gate) in raw.entries() {
        let found = word(gate, "gate", &vocabulary::GATES, report);
        if let (Some(vector), Some(gate)) = (vector_named(name, report), found) {
            gates.insert(vector, gate);
        }
    }
    gates
}

fn idt_limit(limit: &At<u64>, report: &mut Report) -> Option<u16> {
    number(limit, "IDTR.limit", 0..=LIMIT_64K.into(), report)
}

/// Reports, if `mode` is one of the case's, that it does not have `what`.
fn refuse(mode: Mode, modes: &[Known<Mode>], place: Place, what: &str, report: &mut Report) {
    if modes.iter().any(|(known, _)| *known == mode) {
        let help = format!("leave it out, or leave `{mode}` out of `modes`");
        report.add_help(place, "not-in-mode", format!("{mode} mode has no {}", what.trim_start_matches("an ")), help);
    }
}

fn vector_named(name: &At<String>, report: &mut Report) -> Option<u8> {
    let vector = vector::by_name(&name.value);
    if vector.is_none() {
        let help = did_you_mean(&name.value, vocabulary::vectors());
        report.push(name.place, "unknown-vector", format!("unknown vector `{}`", name.value), help);
    }
    vector
}

fn page(name: &At<String>, flaw: &At<String>, boot: &mut Boot, report: &mut Report) {
    let flaw_found = word(flaw, "state of a page", &vocabulary::FLAWS, report);
    let Some(address) = vocabulary::page(&name.value) else {
        let help = did_you_mean(&name.value, vocabulary::pages());
        report.push(name.place, "unknown-page", format!("unknown page `{}`", name.value), help);
        return;
    };
    let Some(kind) = flaw_found else { return };
    if kind == PageFlaw::Present && address != map::ABSENT_PAGE.start {
        report.add(flaw.place, "present-anyway", "only the page `absent` is not present without this");
    }
    if boot.pages.insert(address, kind).is_some() {
        report.add(name.place, "duplicate-entry", format!("the page `{}` is named already", name.value));
    }
}
