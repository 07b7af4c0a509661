//! Cases whose guest is a hypervisor: what they need, and what L2 cannot do.

use guests::{How, Hypervisor, Mode, SectionName};

use super::{PATH_CANNOT, vmx};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::RawCase;
use crate::case::resolve::{Resolved, split_occurrence};
use crate::terms::{Need, Path};

/// The code of what cannot be in L2.
const IN_L2: &str = "in-l2";

/// What a guest hypervisor needs, and what its guest cannot do.
pub(super) fn lint(resolved: &mut Resolved) {
    needs(resolved);
    if let Some(hypervisor) = resolved.case.program.hypervisor() {
        host(resolved);
        raises(resolved);
        vmx::fields(resolved, hypervisor);
        if hypervisor == Hypervisor::Vmx {
            vmx::lint(resolved);
        }
    } else {
        without_l2(&resolved.raw, &mut resolved.report);
    }
}

/// The parts of each vendor's virtualization that not every processor has.
const PARTS: [(Need, &[Need]); 2] = [
    (Need::Svm, &[Need::Vnmi, Need::Vgif, Need::IdleHlt]),
    (Need::Vmx, &[Need::VirtualNmis, Need::NmiWindow, Need::ActivityHlt]),
];

/// L2 needs SVM or VMX and long mode, and has no second processor beside it.
fn needs(resolved: &mut Resolved) {
    let Resolved { raw, case, report, .. } = resolved;
    let has = |need| case.requires.contains(&need);
    let words = || raw.requires.get().into_iter().flat_map(|list| &list.value);
    for word in words() {
        let whole = PARTS.iter().find(|(_, parts)| parts.iter().any(|part| part.name() == word.value));
        if let Some((whole, _)) = whole.filter(|(whole, _)| !has(*whole)) {
            let message = format!("`{}` is a part of `{whole}`, which this case does not require", word.value);
            report.add_help(word.place, "missing-need", message, format!("add `{whole}` to `requires`"));
        }
    }
    let Some(l2) = section(raw, |name| name == SectionName::L2) else { return };
    let (own, other, what) = match case.program.hypervisor() {
        Some(Hypervisor::Vmx) => (Need::Vmx, Need::Svm, "VMLAUNCH"),
        _ => (Need::Svm, Need::Vmx, "VMRUN"),
    };
    if !has(own) && !report.passed_over("requires") {
        let message = format!("a guest with a section `l2` executes {what}, which not every machine offers");
        report.add_help(l2, "missing-need", message, format!("add `{own}` to `requires`"));
    }
    for word in words().filter(|word| word.value == other.name()) {
        let message = format!("`{other}` is the other vendor's: this guest executes {what}");
        report.add_help(word.place, "other-vendors", message, format!("write `requires: [{own}]`"));
    }
    for word in raw.modes.get().into_iter().flat_map(|list| &list.value) {
        if word.value.parse().is_ok_and(|mode: Mode| mode != Mode::Long) {
            let message = format!("a guest with a section `l2` runs in long mode, and not in {} mode", word.value);
            report.add_help(word.place, "not-in-mode", message, "write `modes: [long]`");
        }
    }
    if let Some(peer) = section(raw, |name| name == SectionName::Peer) {
        let message = "a guest with a section `l2` has one VMCB or VMCS, and so one processor";
        report.add_help(peer, "peer-and-l2", message, "leave out `peer` or `l2`");
    }
}

/// What is there for an L2 that is not.
fn without_l2(raw: &RawCase, report: &mut Report) {
    let help = "write a section `l2`, or leave this out";
    if let Some(handler) = section(raw, SectionName::is_l2) {
        report.add_help(handler, "no-l2", "this is a handler of L2, and the guest has no section `l2`", help);
    }
    if let Some(l2) = raw.boot.get().and_then(|boot| boot.l2.get()) {
        report.add_help(l2.place, "no-l2", "this is how L2 starts, and the guest has no section `l2`", help);
    }
}

/// The host neither looks nor acts while L2 runs: what KVM tells then is about L1 or L2, as it likes.
fn host(resolved: &mut Resolved) {
    let Resolved { raw, wants, outline, report, .. } = resolved;
    let in_l2 = |name: &str| {
        let places = split_occurrence(name).and_then(|name| outline.marks.get(&name.name));
        places.is_some_and(|sites| sites.iter().all(|site| site.spot.section.is_l2()))
    };
    let help = "put the snap into a section of L1";
    let views = wants.iter().filter_map(|wants| wants.view.get()).flat_map(|map| &map.0).map(|(key, _)| key);
    let mut told: Vec<Place> = Vec::new();
    for key in views.filter(|key| in_l2(&key.value)) {
        if !told.contains(&key.place) {
            told.push(key.place);
            report.add_help(key.place, IN_L2, "the host does not look while L2 runs", help);
        }
    }
    for step in raw.host.get().into_iter().flat_map(|list| &list.value) {
        if let Some(at) = step.value.at.get().filter(|at| in_l2(&at.value)) {
            report.add_help(at.place, IN_L2, "the host does not act while L2 runs", help);
        }
        let label = step.value.before.get();
        let spot = |label: &str| outline.labels.get(label).is_some_and(|spot| spot.section.is_l2());
        if let Some(label) = label.filter(|label| spot(&label.value)) {
            let help = "name a label in a section of L1";
            report.add_help(label.place, IN_L2, "the host does not act while L2 runs", help);
        }
    }
}

/// What is raised in L2 is one NMI, by a path that does not set events.
fn raises(resolved: &mut Resolved) {
    let raises = resolved.outline.raises.iter().filter(|raise| raise.spot.section.is_l2());
    let raises: Vec<_> = raises.map(|raise| (*raise, resolved.place(raise.spot))).collect();
    for (raise, place) in &raises {
        if raise.how == How::Raise && raise.count != Some(1) {
            let message = "L2 raises one NMI at a time";
            resolved.report.add_help(*place, IN_L2, message, "write `raise`, or raise in L1");
        }
    }
    if raises.is_empty() {
        return;
    }
    for (path, place) in &resolved.paths {
        if *path == Path::Events {
            let message = "path `events` sets what is pending of L1 or L2, as KVM likes, and this guest raises in L2";
            resolved.report.add_help(*place, PATH_CANNOT, message, "leave `events` out of `paths`");
        }
    }
}

/// Where the first section of this kind is named.
fn section(raw: &RawCase, is: impl Fn(SectionName) -> bool) -> Option<Place> {
    let sections = raw.guest.get().into_iter().flat_map(|sections| &sections.value.0);
    let mut named = sections.filter(|(name, _)| SectionName::from_word(&name.value).is_some_and(&is));
    named.next().map(|(name, _)| name.place)
}
