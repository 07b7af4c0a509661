//! Fields of exits by vendor, and what guest hypervisors on Intel's processors cannot have.

use guests::Hypervisor;

use crate::case::diagnostics::Place;
use crate::case::parse::{At, Maybe, RawAction, RawExit};
use crate::case::resolve::Resolved;
use crate::terms::Need;

/// The code of state of L1 that an exit overwrites.
const AFTER_EXIT: &str = "lost-at-exit";

/// A field of an exit by its key, and its place if the case has it.
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

/// Reports fields of exits that the other vendor's processors have, and fields that a VMfail does not write.
pub(super) fn fields(resolved: &mut Resolved, hypervisor: Hypervisor) {
    let Resolved { wants, report, .. } = resolved;
    for (_, exit) in wants.iter().flat_map(|wants| wants.exit.entries()) {
        let (svm, vmx) = (of_svm(&exit.value), of_vmx(&exit.value));
        let (others, what, own) = match hypervisor {
            Hypervisor::Svm => (&vmx[..], "the VMCB", "AMD's processors"),
            Hypervisor::Vmx => (&svm[..], "the VMCS", "Intel's processors"),
        };
        for (name, place) in others.iter().filter_map(|(name, place)| Some((name, (*place)?))) {
            let message = format!("`{name}` is not in {what}, which an exit on {own} writes");
            report.add_help(place, "other-vendors", message, "leave it out");
        }
        if exit.value.vmfail.get().is_none() || hypervisor == Hypervisor::Svm {
            continue;
        }
        let shared = [key("rip", &exit.value.rip), key("delivering", &exit.value.delivering)];
        let stale = vmx.iter().filter(|(name, _)| *name != "vmfail").chain(&shared);
        for (name, place) in stale.filter_map(|(name, place)| Some((name, (*place)?))) {
            let message = format!("a VMfail is no exit, and leaves `{name}` as it was before");
            report.add_help(place, "no-exit", message, "compare `vmfail` and `injecting` alone");
        }
    }
}

/// Reports state of L1 that the routine that enters VMX operation, or every exit, overwrites (Intel SDM vol. 3, 27.5 "Loading
/// Host State").
pub(super) fn lint(resolved: &mut Resolved) {
    asks(resolved);
    let Resolved { raw, report, .. } = resolved;
    if let Some(boot) = raw.boot.get() {
        if let Some(limit) = boot.idt_limit.get() {
            let message = "after an exit IDTR.limit is FFFFh, whatever it was before";
            report.add_help(limit.place, AFTER_EXIT, message, "give L2 a limit: `boot.l2.idt-limit`");
        }
        for (_, gate) in boot.gates.entries().iter().filter(|(_, gate)| gate.value == "bad-selector") {
            let message = "after an exit GDTR.limit is FFFFh, and no selector of this suite lies beyond it";
            report.add_help(gate.place, AFTER_EXIT, message, "give L2 such a gate: `boot.l2.gates`");
        }
        if let Some(user) = boot.user.get().filter(|user| user.value) {
            let message = "a guest hypervisor on Intel's processors enters VMX operation at CPL 0, before `main`";
            report.add_help(user.place, "not-at-cpl-3", message, "leave `user` out");
        }
    }
    let actions = raw.host.items().iter().flat_map(|step| step.value.actions.items());
    for action in actions.filter(|action| matches!(action.value, RawAction::Smi)) {
        let message =
            "what an SMI does in VMX operation depends on the treatment of SMIs, which this suite does not know";
        report.add_help(action.place, "smi-and-vmx", message, "leave `smi` out");
    }
}

/// Optional features that a `vmcs` line uses: the field, the word in it, and the need.
const ASKS: [(&str, &str, Need); 3] = [
    ("pin", "+VIRTUAL_NMIS", Need::VirtualNmis),
    ("processor", "+NMI_WINDOW", Need::NmiWindow),
    ("activity", "HLT", Need::ActivityHlt),
];

/// Reports optional features that the text uses and `requires` does not name.
fn asks(resolved: &mut Resolved) {
    let Resolved { raw, text, case, outline, report, .. } = resolved;
    if report.passed_over("requires") {
        return;
    }
    for statement in &outline.statements {
        let mut words = statement.text.as_deref().unwrap_or_default().split_whitespace();
        if words.next().is_none_or(|word| !word.eq_ignore_ascii_case("vmcs")) {
            continue;
        }
        let field = words.next().unwrap_or_default();
        let asked = |word: &str| ASKS.iter().find(|(known, asks, _)| *known == field && *asks == word);
        for (_, word, need) in words.filter_map(asked).filter(|(.., need)| !case.requires.contains(need)) {
            let message = format!("`{}` is not on every processor with VMX", word.trim_start_matches('+'));
            let place = raw.place(text, statement.spot);
            report.add_help(place, "missing-need", message, format!("add `{need}` to `requires`"));
        }
    }
}
