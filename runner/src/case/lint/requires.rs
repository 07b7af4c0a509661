use x86::msr::APIC_BASE;

use crate::case::resolve::Resolved;
use crate::terms::{Need, Path, Vendor};

/// A requirement skips machines without something: it switches nothing on, and leaves nothing to expect of what it skips.
pub(super) fn lint(resolved: &mut Resolved) {
    of_one_vendor(resolved);
    x2apic(resolved);
}

/// What is expected of a vendor's processors must be seen on one.
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

fn x2apic(resolved: &mut Resolved) {
    let Some(list) = resolved.raw.requires.get() else { return };
    let asked = list.value.iter().find(|word| word.value == Need::X2Apic.name()).map(|word| word.place);
    let by_path = resolved.paths.iter().any(|(path, _)| *path == Path::X2Apic);
    let by_guest = resolved.case.program.sections.iter().any(|section| switches(&section.text));
    if let Some(place) = asked
        && !by_path
        && !by_guest
    {
        let message = "`requires: [x2apic]` does not switch x2APIC mode on, and neither does this guest";
        let help =
            "write `paths: [x2apic]` and `raise` in the guest, or set bit 10 of MSR 1Bh in it; or leave this out";
        resolved.report.add_help(place, "switched-off", message, help);
    }
}

/// Whether a section writes an MSR and names the one that holds the APIC's mode, in one of the ways to write its number.
fn switches(text: &str) -> bool {
    let code: String = text.lines().filter_map(|line| line.split(';').next()).collect::<Vec<_>>().join("\n");
    let code = code.to_ascii_lowercase();
    let named = |msr: &str| code.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == msr);
    let written = [format!("{APIC_BASE:x}h"), format!("{APIC_BASE:#x}"), APIC_BASE.to_string()];
    code.contains("wrmsr") && written.iter().any(|msr| named(msr))
}
