use guests::build;
use iced_x86::{Instruction, Mnemonic};
use x86::msr::APIC_BASE;

use super::stack::decode;
use crate::case::resolve::Resolved;
use crate::case::{Case, wiring};
use crate::terms::{Need, Path, Vendor};

/// Checks `requires`, which skips machines that lack something but enables nothing.
pub(super) fn lint(resolved: &mut Resolved) {
    of_one_vendor(resolved);
    x2apic(resolved);
}

/// Reports expectations for a vendor on whose processors the case never runs.
fn of_one_vendor(resolved: &mut Resolved) {
    let Resolved { raw, case, report, .. } = resolved;
    let Some(expect) = raw.expect.get() else { return };
    for (vendor, own) in [(Vendor::Amd, expect.value.amd.get()), (Vendor::Intel, expect.value.intel.get())] {
        if let Some(own) = own.filter(|_| !case.runs_on(vendor)) {
            let message = format!("by its `requires` this case never runs where `{}` is expected", vendor.name());
            report.add_help(own.place, "other-vendor", message, "leave it out, or change `requires`");
        }
    }
}

/// Reports `requires: [x2apic]` in a case that does not use x2APIC mode.
fn x2apic(resolved: &mut Resolved) {
    let Resolved { raw, case, paths, report, .. } = resolved;
    let by_path = paths.iter().any(|(path, _)| *path == Path::X2Apic);
    let by_guest = || switches(case);
    let asked = raw.requires.items().iter().find(|word| word.value == Need::X2Apic.name());
    if let Some(word) = asked.filter(|_| !by_path && !by_guest()) {
        let message = "`requires: [x2apic]` does not switch x2APIC mode on, and neither does this guest";
        let help =
            "write `paths: [x2apic]` and `raise` in the guest, or set bit 10 of MSR 1Bh in it; or leave this out";
        report.add_help(word.place, "switched-off", message, help);
    }
}

/// Whether the case's code writes an MSR and has the number of IA32_APIC_BASE, which holds the APIC's mode, as an operand. What is
/// wrong with code that cannot be assembled is reported there.
fn switches(case: &Case) -> bool {
    let Some((mode, path)) = case.modes_and_paths().next() else { return true };
    let Ok(guest) = build(&case.program, mode, &wiring(case, path, Vendor::Intel)) else { return true };
    let own = guest.listing.iter().filter(|line| line.section.is_some());
    let instructions: Vec<Instruction> = own.map(|line| decode(line, mode)).collect();
    instructions.iter().any(|one| one.mnemonic() == Mnemonic::Wrmsr) && instructions.iter().any(names_apic_base)
}

fn names_apic_base(instruction: &Instruction) -> bool {
    (0..instruction.op_count())
        .any(|operand| instruction.try_immediate(operand).is_ok_and(|value| value == u64::from(APIC_BASE)))
}
