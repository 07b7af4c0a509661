use guests::SectionName;

use crate::case::resolve::{Resolved, never_seen, split_occurrence};

/// Reports steps at snaps that the first processor does not have, or that no expected trace of it holds.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { raw, wants, outline, report, .. } = resolved;
    for at in raw.host.items().iter().filter_map(|step| step.value.at.get()) {
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
        let seen = wants.iter().map(|wants| wants.most(&name.name)).max().unwrap_or(0);
        if seen < name.least() && wants.iter().any(|wants| wants.allowed().next().is_some()) {
            report.add(at.place, "never-seen", never_seen(&name.name, seen, " of the first processor"));
        }
    }
}
