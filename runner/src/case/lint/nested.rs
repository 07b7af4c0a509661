//! Cases whose guest is a hypervisor: what they must require, and what L2 cannot do.

use guests::{How, Hypervisor, Mode, SectionName};

use super::{PATH_CANNOT, vmx};
use crate::case::diagnostics::{Place, Report};
use crate::case::parse::RawCase;
use crate::case::resolve::{Resolved, split_occurrence};
use crate::terms::{Need, Path};

/// The code of something that L2 cannot do.
const IN_L2: &str = "in-l2";

/// Checks the sections of a guest hypervisor, or that there are none.
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

/// The optional features of each vendor's virtualization.
const PARTS: [(Need, &[Need]); 2] = [
    (Need::Svm, &[Need::Vnmi, Need::Vgif, Need::IdleHlt]),
    (Need::Vmx, &[Need::VirtualNmis, Need::NmiWindow, Need::ActivityHlt]),
];

/// L2 needs SVM or VMX and long mode, and has no second processor beside it.
fn needs(resolved: &mut Resolved) {
    let Resolved { raw, case, report, .. } = resolved;
    let has = |need| case.requires.contains(&need);
    for word in raw.requires.items() {
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
    for word in raw.requires.items().iter().filter(|word| word.value == other.name()) {
        let message = format!("`{other}` is the other vendor's: this guest executes {what}");
        report.add_help(word.place, "other-vendors", message, format!("write `requires: [{own}]`"));
    }
    for word in raw.modes.items() {
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

/// Reports what is written for L2 in a case without a section `l2`.
fn without_l2(raw: &RawCase, report: &mut Report) {
    let help = "write a section `l2`, or leave this out";
    if let Some(handler) = section(raw, SectionName::is_l2) {
        report.add_help(handler, "no-l2", "this is a handler of L2, and the guest has no section `l2`", help);
    }
    if let Some(l2) = raw.boot.get().and_then(|boot| boot.l2.get()) {
        report.add_help(l2.place, "no-l2", "this is how L2 starts, and the guest has no section `l2`", help);
    }
}

/// Reports views and steps in L2: whether KVM's state is that of L1 or of L2 then is not defined.
fn host(resolved: &mut Resolved) {
    let Resolved { raw, wants, outline, report, .. } = resolved;
    let in_l2 = |name: &str| {
        let places = split_occurrence(name).and_then(|name| outline.marks.get(&name.name));
        places.is_some_and(|sites| sites.iter().all(|site| site.spot.section.is_l2()))
    };
    let help = "put the snap into a section of L1";
    let views = wants.iter().flat_map(|wants| wants.view.entries()).map(|(key, _)| key);
    for key in views.filter(|key| in_l2(&key.value)) {
        report.add_help(key.place, IN_L2, "the host does not look while L2 runs", help);
    }
    for step in raw.host.items() {
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

/// Reports several NMIs at once in L2, and the path `events` where L2 raises.
fn raises(resolved: &mut Resolved) {
    let Resolved { raw, text, outline, paths, report, .. } = resolved;
    let raises = || outline.raises.iter().filter(|raise| raise.spot.section.is_l2());
    for raise in raises().filter(|raise| raise.how == How::Raise && raise.count != Some(1)) {
        let message = "L2 raises one NMI at a time";
        report.add_help(raw.place(text, raise.spot), IN_L2, message, "write `raise`, or raise in L1");
    }
    for (_, place) in paths.iter().filter(|(path, _)| *path == Path::Events && raises().next().is_some()) {
        let message = "path `events` sets what is pending of L1 or L2, as KVM likes, and this guest raises in L2";
        report.add_help(*place, PATH_CANNOT, message, "leave `events` out of `paths`");
    }
}

/// The place of the name of the first section of this kind.
fn section(raw: &RawCase, is: impl Fn(SectionName) -> bool) -> Option<Place> {
    let sections = raw.guest.get().into_iter().flat_map(|sections| &sections.value.0);
    let mut named = sections.filter(|(name, _)| SectionName::from_word(&name.value).is_some_and(&is));
    named.next().map(|(name, _)| name.place)
}
