//! Paths that do not fit what raises.

use guests::{How, SectionName};

use crate::case::diagnostics::Place;
use crate::case::parse::RawAction;
use crate::case::resolve::Resolved;
use crate::terms::Path;

/// The code of a path that cannot do what the case asks.
pub(in crate::case) const PATH_CANNOT: &str = "path-cannot";

/// Paths must fit what raises.
pub(super) fn lint(resolved: &mut Resolved) {
    let host = host_raises(resolved);
    let raises: Vec<_> = resolved.outline.raises.iter().map(|raise| (*raise, resolved.place(raise.spot))).collect();
    let listed = resolved.raw.paths.get().map(|list| list.place);
    let report = &mut resolved.report;
    match listed {
        Some(place) if raises.is_empty() && host.is_empty() => {
            let message = "paths are named, but nothing raises an NMI by them";
            let own = !resolved.paths.is_empty() && resolved.paths.iter().all(|(path, _)| path.is_guests_own());
            let help = match own {
                true => {
                    "add `raise` to the guest where an NMI is to come, or leave `paths` out: the path is what `raise` stands for"
                }
                false => "add `raise`, `arm` or a host's `raise`, or leave `paths` out",
            };
            report.add_help(place, "nothing-raises", message, help);
        }
        None => {
            for place in raises.iter().map(|(_, place)| *place).chain(host.iter().copied()) {
                report.add_help(
                    place,
                    "no-paths",
                    "this raises an NMI, but the case names no path",
                    "add `paths: [...]`",
                );
            }
        }
        Some(_) => {}
    }
    let user = resolved.case.program.boot.user;
    let peer = resolved.case.program.has_peer();
    for &(path, place) in &resolved.paths {
        let mut refuse = |message: String| {
            report.add_help(place, PATH_CANNOT, message, format!("leave `{path}` out of `paths`"));
        };
        if path == Path::Ipi && peer {
            refuse("path `ipi` needs the second processor, and the guest has a section `peer`".to_owned());
        }
        if !path.is_guests_own() {
            continue;
        }
        if !host.is_empty() {
            refuse(format!("the host cannot raise by path `{path}`, which is the guest's own"));
        }
        if raises.iter().any(|(raise, _)| raise.how == How::Port) {
            refuse(format!("path `{path}` is the guest's own, and this guest asks the host by `out`"));
        }
        if raises.iter().any(|(raise, _)| raise.how == How::Arm) {
            refuse(format!("path `{path}` is the guest's own, and a halted guest (`arm`) cannot raise"));
        }
        if raises.iter().any(|(raise, _)| raise.count.is_some_and(|count| count > 1)) {
            refuse(format!("path `{path}` raises one NMI at a time, not several at one boundary"));
        }
        let in_main =
            raises.iter().any(|(raise, _)| raise.spot.section == SectionName::Main && raise.how == How::Raise);
        if path == Path::X2Apic && user && in_main {
            refuse("path `x2apic` writes an MSR, which `main` cannot do at CPL 3".to_owned());
        }
    }
}

/// Where the host raises.
fn host_raises(resolved: &Resolved) -> Vec<Place> {
    let steps = resolved.raw.host.get().into_iter().flat_map(|list| &list.value);
    let actions = steps.filter_map(|step| step.value.actions.get()).flat_map(|list| &list.value);
    actions.filter(|action| matches!(action.value, RawAction::Raise(_))).map(|action| action.place).collect()
}
