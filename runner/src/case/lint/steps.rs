use guests::SectionName;

use crate::case::parse::{RawWants, Words};
use crate::case::resolve::{Resolved, split_occurrence};

/// The host acts where the first processor snaps: its steps must name snaps that this processor comes to.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { raw, wants, outline, report, .. } = resolved;
    let steps = raw.host.get().into_iter().flat_map(|list| &list.value);
    for at in steps.filter_map(|step| step.value.at.get()) {
        let Some(name) = split_occurrence(&at.value) else { continue };
        let Some(sites) = outline.marks.get(&name.name).filter(|sites| sites.iter().any(|site| site.snap)) else {
            continue;
        };
        if sites.iter().all(|site| site.spot.section == SectionName::Peer) {
            let message = format!(
                "`{}` is a snap of the second processor, and the host acts at those of the first only",
                name.name
            );
            let help = "put a snap into `main` or a handler of the first processor, or write `before: LABEL`";
            report.add_help(at.place, "peer-snap", message, help);
            continue;
        }
        let times = name.occurrence.map_or(1, |occurrence| usize::try_from(occurrence).unwrap_or(usize::MAX));
        let seen = wants.iter().map(|wants| most(wants, &name.name)).max().unwrap_or(0);
        let traced = wants.iter().any(|wants| traces(wants).next().is_some());
        if traced && seen < times {
            let message = match seen {
                0 => format!("`{}` is in no expected trace of the first processor", name.name),
                1 => format!("`{}` is expected once at most", name.name),
                _ => format!("`{}` is expected {seen} times at most", name.name),
            };
            report.add(at.place, "never-seen", message);
        }
    }
}

fn traces(wants: &RawWants) -> impl Iterator<Item = &Words> {
    wants.trace.get().into_iter().chain(wants.traces.get().into_iter().flat_map(|list| &list.value))
}

/// How often a vendor's traces hold the name at most.
fn most(wants: &RawWants, name: &str) -> usize {
    traces(wants).map(|trace| trace.value.iter().filter(|seen| seen.value == name).count()).max().unwrap_or(0)
}
