//! Paths that do not fit the way the case raises NMIs.

use guests::{How, SectionName, WrittenRaise};

use crate::case::diagnostics::Place;
use crate::case::parse::RawAction;
use crate::case::resolve::Resolved;
use crate::terms::Path;

/// The code of a path that cannot do what the case needs.
pub(in crate::case) const PATH_CANNOT: &str = "path-cannot";

/// Reports missing and superfluous paths, and those that cannot do what the case needs.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { raw, text, case, outline, paths, report, .. } = resolved;
    let raises = &outline.raises;
    let actions = raw.host.items().iter().flat_map(|step| step.value.actions.items());
    let host = actions.filter(|action| matches!(action.value, RawAction::Raise(_))).map(|action| action.place);
    let host: Vec<Place> = host.collect();
    match raw.paths.get().map(|list| list.place) {
        Some(place) if raises.is_empty() && host.is_empty() => {
            let message = "paths are named, but nothing raises an NMI by them";
            let own = !paths.is_empty() && paths.iter().all(|(path, _)| path.is_guests_own());
            let help = match own {
                true => {
                    "add `raise` to the guest where an NMI is to come, or leave `paths` out: the path is what `raise` stands for"
                }
                false => "add `raise`, `arm` or a host's `raise`, or leave `paths` out",
            };
            report.add_help(place, "nothing-raises", message, help);
        }
        None => {
            let message = "this raises an NMI, but the case names no path";
            for place in raises.iter().map(|raise| raw.place(text, raise.spot)).chain(host.iter().copied()) {
                report.add_help(place, "no-paths", message, "add `paths: [...]`");
            }
        }
        Some(_) => {}
    }
    let any = |is: &dyn Fn(&WrittenRaise) -> bool| raises.iter().any(is);
    for &(path, place) in paths.iter() {
        let mut refuse = |message: String| {
            report.add_help(place, PATH_CANNOT, message, format!("leave `{path}` out of `paths`"));
        };
        if path == Path::Ipi && case.program.has_peer() {
            refuse("path `ipi` needs the second processor, and the guest has a section `peer`".to_owned());
        }
        if !path.is_guests_own() {
            continue;
        }
        if !host.is_empty() {
            refuse(format!("the host cannot raise by path `{path}`, which is the guest's own"));
        }
        if any(&|raise| raise.how == How::Port) {
            refuse(format!("path `{path}` is the guest's own, and this guest asks the host by `out`"));
        }
        if any(&|raise| raise.how == How::Arm) {
            refuse(format!("path `{path}` is the guest's own, and a halted guest (`arm`) cannot raise"));
        }
        if any(&|raise| raise.count.is_some_and(|count| count > 1)) {
            refuse(format!("path `{path}` raises one NMI at a time, not several at one boundary"));
        }
        let in_main = any(&|raise| raise.spot.section == SectionName::Main && raise.how == How::Raise);
        if path == Path::X2Apic && case.program.boot.user && in_main {
            refuse("path `x2apic` writes an MSR, which `main` cannot do at CPL 3".to_owned());
        }
    }
}
