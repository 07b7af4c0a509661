//! Marks that no trace names, and names that no mark has.

use guests::SectionName;

use crate::case::diagnostics::did_you_mean;
use crate::case::parse::{At, RawWants, Words};
use crate::case::resolve::Resolved;

/// What starts the name of a mark that stands where the guest must never come.
const NEVER: &str = "not-";

/// Traces and the program's marks must name each other.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { wants, outline, report, .. } = resolved;
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
    let mentioned: Vec<String> = mentioned.into_iter().map(str::to_owned).collect();
    let mut unmentioned = Vec::new();
    for (name, sites) in &resolved.outline.marks {
        if mentioned.is_empty() {
            // There is no trace at all, which is reported already.
            break;
        }
        let expected = mentioned.contains(name) || name.starts_with(NEVER);
        if let (false, Some(site)) = (expected, sites.first()) {
            unmentioned.push((name.clone(), resolved.place(site.spot)));
        }
    }
    for (name, place) in unmentioned {
        let message = format!("no expected trace names `{name}`");
        let help = "add it to the trace; if the guest must never come there, start its name with `not-`";
        resolved.report.add_help(place, "unexpected-mark", message, help);
    }
}

/// The names in a vendor's traces, and whether the second processor must show them.
fn names(wants: &RawWants) -> impl Iterator<Item = (&At<String>, bool)> {
    let many = wants.traces.get().into_iter().flat_map(|list| &list.value);
    let first = wants.trace.get().into_iter().chain(many);
    let with = |peer: bool| move |list| (list, peer);
    first
        .map(with(false))
        .chain(wants.peer.get().map(with(true)))
        .flat_map(|(list, peer): (&Words, bool)| list.value.iter().map(move |name| (name, peer)))
}
