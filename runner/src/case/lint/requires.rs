use x86::msr::APIC_BASE;

use crate::case::resolve::Resolved;
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
    let by_guest = || case.program.sections.iter().any(|section| switches(&section.text));
    let asked = raw.requires.items().iter().find(|word| word.value == Need::X2Apic.name());
    if let Some(word) = asked.filter(|_| !by_path && !by_guest()) {
        let message = "`requires: [x2apic]` does not switch x2APIC mode on, and neither does this guest";
        let help =
            "write `paths: [x2apic]` and `raise` in the guest, or set bit 10 of MSR 1Bh in it; or leave this out";
        report.add_help(word.place, "switched-off", message, help);
    }
}

/// Whether a section writes an MSR and names IA32_APIC_BASE, which holds the APIC's mode, in one of the ways to write its number.
fn switches(text: &str) -> bool {
    let code: String = text.lines().filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("\n");
    let code = code.to_ascii_lowercase();
    let named = |msr: &str| code.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == msr);
    let written = [format!("{APIC_BASE:x}h"), format!("{APIC_BASE:#x}"), APIC_BASE.to_string()];
    code.contains("wrmsr") && written.iter().any(|msr| named(msr))
}
