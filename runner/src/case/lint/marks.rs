//! Marks that no trace names, and names that no mark has.

use guests::SectionName;

use crate::case::diagnostics::did_you_mean;
use crate::case::parse::{At, RawWants};
use crate::case::resolve::Resolved;

/// Prefix of the name of a mark that the guest must never reach.
const NEVER: &str = "not-";

/// Traces and the program's marks must name each other.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { raw, text, wants, outline, report, .. } = resolved;
    let mut mentioned: Vec<&str> = Vec::new();
    for wants in wants.iter() {
        for (name, peer) in names(wants) {
            mentioned.push(&name.value);
            // A handler may run on either processor; the other sections belong to one.
            let elsewhere = if peer { SectionName::Main } else { SectionName::Peer };
            let here = |name: &str| {
                outline.marks.get(name).is_some_and(|sites| sites.iter().any(|site| site.spot.section != elsewhere))
            };
            if here(&name.value) {
                continue;
            }
            if outline.marks.contains_key(&name.value) {
                let message = format!("the mark `{}` stands in the section `{}` only", name.value, elsewhere.word());
                report.add_help(name.place, "other-processor", message, "that section never runs on this processor");
            } else {
                let help = did_you_mean(&name.value, outline.marks.keys().map(String::as_str));
                report.push(name.place, "unknown-mark", format!("the guest has no mark `{}`", name.value), help);
            }
        }
    }
    if mentioned.is_empty() {
        // Without any trace the missing key is reported already.
        return;
    }
    let unexpected = |name: &str| !mentioned.contains(&name) && !name.starts_with(NEVER);
    for (name, sites) in outline.marks.iter().filter(|(name, _)| unexpected(name)) {
        let Some(first) = sites.first() else { continue };
        let message = format!("no expected trace names `{name}`");
        let help = "add it to the trace; if the guest must never come there, start its name with `not-`";
        report.add_help(raw.place(text, first.spot), "unexpected-mark", message, help);
    }
}

/// The names in a vendor's traces, and whether they are expected of the second processor.
fn names(wants: &RawWants) -> impl Iterator<Item = (&At<String>, bool)> {
    let first = wants.allowed().flat_map(|trace| &trace.value).map(|name| (name, false));
    first.chain(wants.peer.items().iter().map(|name| (name, true)))
}
