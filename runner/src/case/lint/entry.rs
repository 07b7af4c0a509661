use crate::case::diagnostics::Place;
use crate::case::parse::{RawAction, RawChange};
use crate::case::resolve::Resolved;
use crate::terms::Shadow;

/// The state that the `events` actions of one step write together, each with the place that sets it.
#[derive(Default)]
struct WrittenEvents {
    injected: Option<Place>,
    masked: Option<Place>,
    shadow: Option<Place>,
}

impl WrittenEvents {
    fn take(&mut self, change: &RawChange) {
        if let Some(injected) = change.injected.get() {
            self.injected = injected.value.then_some(injected.place);
        }
        if let Some(masked) = change.masked.get() {
            self.masked = masked.value.then_some(masked.place);
        }
        if let Some(shadow) = change.shadow.get() {
            self.shadow = (shadow.value != Shadow::None.name()).then_some(shadow.place);
        }
    }
}

/// Reports events that fail a VM entry on Intel's processors: an injected NMI in a shadow, or while NMIs are blocked (Intel SDM
/// vol. 3, "Checks on Guest Non-Register State"). Checks that depend on the guest's flags show only in a run.
pub(super) fn lint(resolved: &mut Resolved) {
    let Resolved { raw, case, report, .. } = resolved;
    if case.is_amds() {
        return;
    }
    for step in raw.host.items() {
        let mut left = WrittenEvents::default();
        for action in step.value.actions.items() {
            if let RawAction::Events(change) = &action.value {
                left.take(change);
            }
        }
        if left.injected.is_none() {
            continue;
        }
        let (place, with) = match (left.shadow, left.masked) {
            (Some(place), _) => (place, "in an interrupt shadow"),
            (None, Some(place)) => (place, "while NMIs are blocked"),
            (None, None) => continue,
        };
        let message = format!("an NMI that is injected {with} is refused by a VM entry on Intel's processors");
        let help = "leave one of the two out, or let the case run on AMD alone: `requires: [amd]`";
        report.add_help(place, "entry-refused", message, help);
    }
}
