//! What the host does at snaps, before instructions and at exits, as C statements.

use std::collections::BTreeMap;

use guests::Guest;
use guests::map::port;
use kvm_bindings::{KVM_X86_SHADOW_INT_MOV_SS, KVM_X86_SHADOW_INT_STI};

use super::Reproduction;
use super::checks::{is, view};
use super::error::Unable;
use super::template::quoted;
use crate::case::{Case, Moment, StepKind};
use crate::terms::{EventsChange, Pass, Path, Shadow};

/// Whether the host raises NMIs over this path.
pub(super) fn by_host(path: Path) -> bool {
    path != Path::None && !path.is_guests_own()
}

/// Whether the guest writes this port.
pub(super) fn writes(guest: &Guest, port: u8) -> bool {
    guest.sites.iter().any(|site| site.exit.is_some_and(|exit| exit.port == port))
}

/// The statement for one action of a step.
fn action(action: StepKind, path: Path) -> Result<String, Unable> {
    Ok(match action {
        StepKind::Raise(_) if !by_host(path) => return Err(Unable::HostRaises { path }),
        StepKind::Raise(count) => format!("raise_nmi({count});"),
        StepKind::Events(change) => set_events(change),
        StepKind::RoundTrip => set_events(EventsChange::default()),
        StepKind::Migrate => "migrate_machine();".to_owned(),
        StepKind::Irq => "interrupt_first();".to_owned(),
        StepKind::Smi => "send_smi();".to_owned(),
    })
}

fn set_events(EventsChange { injected, pending, masked, shadow }: EventsChange) -> String {
    let or_same = |value: Option<u8>| value.map_or("-1".to_owned(), |value| value.to_string());
    let bits = |shadow| match shadow {
        Shadow::None => 0,
        Shadow::Sti => KVM_X86_SHADOW_INT_STI as u8,
        Shadow::MovSs => KVM_X86_SHADOW_INT_MOV_SS as u8,
        Shadow::Either => (KVM_X86_SHADOW_INT_STI | KVM_X86_SHADOW_INT_MOV_SS) as u8,
    };
    let values = [injected.map(u8::from), pending, masked.map(u8::from), shadow.map(bits)];
    format!("set_events({});", values.map(or_same).join(", "))
}

/// The statements of `snap()`, for the record number `i`.
pub(super) fn at_snaps(of: &Reproduction<'_>) -> Result<String, Unable> {
    let expect = of.case.expect(of.vendor);
    let mut text = String::new();
    if of.pass == Pass::Migrate {
        text += "\tmigrate_machine();\n";
    }
    let viewed: Vec<String> = expect.views.keys().map(|at| is(at, "i")).collect();
    match of.pass {
        Pass::Peek => text += "\tlook(i);\n",
        Pass::Plain | Pass::Again | Pass::Migrate if !viewed.is_empty() => {
            text += &format!("\tif ({})\n\t\tlook(i);\n", viewed.join(" || "));
        }
        _ => {}
    }
    for (number, step) in of.case.steps.iter().enumerate() {
        let Moment::At(at) = &step.moment else { continue };
        text += &format!("\tif ({}) {{\n", is(at, "i"));
        for one in &step.actions {
            text += &format!("\t\t{}\n", action(*one, of.path)?);
        }
        text += &format!("\t\tcarried_out |= 1 << {number};\n\t}}\n");
    }
    Ok(text)
}

/// The addresses at which the host sets breakpoints, each with the numbers of its steps; without labels that this guest does not have.
pub(super) fn breakpoints(of: &Reproduction<'_>) -> Result<BTreeMap<u64, Vec<usize>>, Unable> {
    let mut found: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (number, step) in of.case.steps.iter().enumerate() {
        if let Moment::Before(label) = &step.moment
            && let Some(&address) = of.guest.symbols.get(label)
        {
            found.entry(address).or_default().push(number);
        }
    }
    match found.len() {
        count if count > usize::from(x86::debug::BREAKPOINTS) => Err(Unable::Breakpoints { count }),
        _ => Ok(found),
    }
}

/// The part of the exit loop for breakpoints; empty if there are none.
pub(super) fn at_breakpoints(of: &Reproduction<'_>) -> Result<String, Unable> {
    let found = breakpoints(of)?;
    if found.is_empty() {
        return Ok(String::new());
    }
    let mut text = "\t\tif (run->exit_reason == KVM_EXIT_DEBUG && !(run->debug.arch.dr6 & @DR6_BREAKPOINTS@)) {\n\
                    \t\t\tgive_back_debug_exception();\n\t\t\tcontinue;\n\t\t}\n\
                    \t\tif (run->exit_reason == KVM_EXIT_DEBUG) {\n"
        .to_owned();
    if of.pass == Pass::Peek {
        text += "\t\t\tlook(ELSEWHERE);\n";
    }
    for (index, (address, numbers)) in found.iter().enumerate() {
        text += &format!("\t\t\tif (run->debug.arch.pc == {address:#x} && !breakpoints[{index}].done) {{\n");
        text += &format!("\t\t\t\tbreakpoints[{index}].done = 1;\n");
        for number in numbers {
            for one in of.case.steps.get(*number).map(|step| step.actions.as_slice()).unwrap_or_default() {
                text += &format!("\t\t\t\t{}\n", action(*one, of.path)?);
            }
            text += &format!("\t\t\t\tcarried_out |= 1 << {number};\n");
        }
        text += "\t\t\t}\n";
    }
    Ok(text + "\t\t\tset_breakpoints();\n\t\t\tcontinue;\n\t\t}\n")
}

/// The part of the exit loop for the ports that the guest writes.
pub(super) fn ports(of: &Reproduction<'_>) -> Result<String, Unable> {
    let look = if of.pass == Pass::Peek { "\t\t\tlook(ELSEWHERE);\n" } else { "" };
    let mut text = String::new();
    let has = |port: u8| writes(of.guest, port);
    if has(port::SNAP) {
        text += "\t\tcase @PORT_SNAP@:\n\t\t\tsnap();\n\t\t\tcontinue;\n";
    }
    if has(port::RAISE) {
        if !by_host(of.path) {
            return Err(Unable::HostRaises { path: of.path });
        }
        text += &format!(
            "\t\tcase @PORT_RAISE@:\t/* AL is how many */\n{look}\
             \t\t\traise_nmi(*((uint8_t *)run + run->io.data_offset));\n\t\t\tcontinue;\n"
        );
    }
    if has(port::ARM) {
        text += &format!("\t\tcase @PORT_ARM@:\n{look}\t\t\tarmed = 1;\n\t\t\tcontinue;\n");
    }
    if has(port::IRQ) {
        text += &format!("\t\tcase @PORT_IRQ@:\n{look}\t\t\tinterrupt_first();\n\t\t\tcontinue;\n");
    }
    Ok(text)
}

/// Statements that fail if a step was not carried out.
pub(super) fn left_out(case: &Case) -> String {
    let step = |(number, step): (usize, &crate::case::HostStep)| {
        format!(
            "\tif (!(carried_out & 1 << {number}))\n\t\tfail(\"want the host's step %s, got no such moment\", {});\n",
            quoted(&step.moment.to_string())
        )
    };
    case.steps.iter().enumerate().map(step).collect()
}

/// The statements of `look()`.
pub(super) fn views(of: &Reproduction<'_>) -> String {
    let expect = of.case.expect(of.vendor);
    let mut text = String::new();
    let mut add = |condition: &str, statements: Vec<String>| {
        if !statements.is_empty() {
            text += &format!("\tif ({condition}) {{\n");
            text.extend(statements.iter().map(|statement| format!("\t\t{statement}\n")));
            text += "\t}\n";
        }
    };
    for (at, want) in &expect.views {
        add(&format!("at >= 0 && {}", is(at, "at")), view(want, &at.name));
    }
    if let Some(want) = &expect.end_view {
        add("at == AT_END", view(want, "the end"));
    }
    text
}
