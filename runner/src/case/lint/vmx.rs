//! Guest hypervisors on Intel's processors: which fields of an exit there are, and what an exit leaves of L1.

use guests::Hypervisor;

use crate::case::diagnostics::{Place, Report};
use crate::case::parse::{At, Maybe, RawAction, RawExit};
use crate::case::resolve::Resolved;
use crate::terms::Need;

/// The code of what an exit does not leave to L1.
const AFTER_EXIT: &str = "lost-at-exit";

/// A field of an exit by its key, and where it stands if it is there.
type Key = (&'static str, Option<Place>);

fn key<T>(name: &'static str, value: &Maybe<At<T>>) -> Key {
    (name, value.get().map(|at| at.place))
}

fn of_svm(exit: &RawExit) -> [Key; 7] {
    [
        key("code", &exit.code),
        key("next-rip", &exit.next_rip),
        key("shadow", &exit.shadow),
        key("v-nmi", &exit.v_nmi),
        key("v-nmi-mask", &exit.v_nmi_mask),
        key("v-irq", &exit.v_irq),
        key("v-gif", &exit.v_gif),
    ]
}

fn of_vmx(exit: &RawExit) -> [Key; 6] {
    [
        key("reason", &exit.reason),
        key("blocking", &exit.blocking),
        key("bit-12", &exit.bit_12),
        key("activity", &exit.activity),
        key("vmfail", &exit.vmfail),
        key("entry-failure", &exit.entry_failure),
    ]
}

/// The fields of an exit are those of one vendor, and a VMfail leaves none of them.
pub(super) fn fields(resolved: &mut Resolved, hypervisor: Hypervisor) {
    let Resolved { wants, report, .. } = resolved;
    let mut told: Vec<Place> = Vec::new();
    for (_, exit) in wants.iter().filter_map(|wants| wants.exit.get()).flat_map(|map| &map.0) {
        let (svm, vmx) = (of_svm(&exit.value), of_vmx(&exit.value));
        let (others, what, own) = match hypervisor {
            Hypervisor::Svm => (&vmx[..], "the VMCB", "AMD's processors"),
            Hypervisor::Vmx => (&svm[..], "the VMCS", "Intel's processors"),
        };
        for (name, place) in others.iter().filter_map(|(name, place)| Some((name, (*place)?))) {
            let message = format!("`{name}` is not in {what}, which an exit on {own} writes");
            say(report, &mut told, place, "other-vendors", message, "leave it out");
        }
        if exit.value.vmfail.get().is_none() || hypervisor == Hypervisor::Svm {
            continue;
        }
        let shared = [key("rip", &exit.value.rip), key("delivering", &exit.value.delivering)];
        let stale = vmx.iter().filter(|(name, _)| *name != "vmfail").chain(&shared);
        for (name, place) in stale.filter_map(|(name, place)| Some((name, (*place)?))) {
            let message = format!("a VMfail is no exit, and leaves `{name}` as it was before");
            say(report, &mut told, place, "no-exit", message, "compare `vmfail` and `injecting` alone");
        }
    }
}

/// What L1 cannot have, because the routine that enters VMX operation and every exit replace it (Intel SDM vol. 3, 27.5 "Loading Host
/// State").
pub(super) fn lint(resolved: &mut Resolved) {
    asks(resolved);
    let Resolved { raw, report, .. } = resolved;
    let mut told = Vec::new();
    if let Some(boot) = raw.boot.get() {
        if let Some(limit) = boot.idt_limit.get() {
            let message = "after an exit IDTR.limit is FFFFh, whatever it was before";
            say(report, &mut told, limit.place, AFTER_EXIT, message, "give L2 a limit: `boot.l2.idt-limit`");
        }
        for (_, gate) in
            boot.gates.get().into_iter().flat_map(|map| &map.0).filter(|(_, gate)| gate.value == "bad-selector")
        {
            let message = "after an exit GDTR.limit is FFFFh, and no selector of this suite lies beyond it";
            say(report, &mut told, gate.place, AFTER_EXIT, message, "give L2 such a gate: `boot.l2.gates`");
        }
        if let Some(user) = boot.user.get().filter(|user| user.value) {
            let message = "a guest hypervisor on Intel's processors enters VMX operation at CPL 0, before `main`";
            say(report, &mut told, user.place, "not-at-cpl-3", message, "leave `user` out");
        }
    }
    for step in raw.host.get().into_iter().flat_map(|list| &list.value) {
        let actions = step.value.actions.get().into_iter().flat_map(|list| &list.value);
        for action in actions.filter(|action| matches!(action.value, RawAction::Smi)) {
            let message =
                "what an SMI does in VMX operation depends on the treatment of SMIs, which this suite does not know";
            say(report, &mut told, action.place, "smi-and-vmx", message, "leave `smi` out");
        }
    }
}

/// What a text asks for of the VMCS that not every processor has: the field, the word for it there, and the need.
const ASKS: [(&str, &str, Need); 3] = [
    ("pin", "+VIRTUAL_NMIS", Need::VirtualNmis),
    ("processor", "+NMI_WINDOW", Need::NmiWindow),
    ("activity", "HLT", Need::ActivityHlt),
];

/// What the text uses of VMX is required.
fn asks(resolved: &mut Resolved) {
    let mut missing = Vec::new();
    for statement in &resolved.outline.statements {
        let mut words = statement.text.as_deref().unwrap_or_default().split_whitespace();
        if words.next().is_none_or(|word| !word.eq_ignore_ascii_case("vmcs")) {
            continue;
        }
        let field = words.next().unwrap_or_default();
        let asked = |word: &str| ASKS.iter().find(|(known, asks, _)| *known == field && *asks == word);
        for (_, word, need) in words.filter_map(asked) {
            if !resolved.case.requires.contains(need) {
                missing.push((resolved.place(statement.spot), *word, *need));
            }
        }
    }
    let passed_over = resolved.report.passed_over("requires");
    for (place, word, need) in missing.into_iter().filter(|_| !passed_over) {
        let message = format!("`{}` is not on every processor with VMX", word.trim_start_matches('+'));
        resolved.report.add_help(place, "missing-need", message, format!("add `{need}` to `requires`"));
    }
}

/// Once for each place: what is said of both vendors is looked at for each.
fn say(
    report: &mut Report,
    told: &mut Vec<Place>,
    place: Place,
    code: &'static str,
    message: impl Into<String>,
    help: &str,
) {
    if !told.contains(&place) {
        told.push(place);
        report.add_help(place, code, message, help);
    }
}
