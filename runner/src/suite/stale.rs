//! Finds known deviations that a whole run did not show.

use std::collections::BTreeMap;

use reports::{Outcome, StaleEntry};

use super::plan::Planned;
use crate::case::{Library, Site};

/// Finds known deviations that show only sometimes and showed in no trial of a run: one pass does not refute such an entry, but
/// a whole run without its symptom does.
#[derive(Debug, Default)]
pub(super) struct Stale {
    /// By index of the entry: whether it showed in any trial it concerns.
    shown: BTreeMap<usize, bool>,
}

impl Stale {
    /// Takes note of a trial.
    pub(super) fn see(&mut self, library: &Library, site: &Site, planned: &Planned<'_>, outcome: &Outcome) {
        let Planned { case, mode, path, .. } = planned;
        for (index, entry) in library.deviations.iter().enumerate() {
            // An entry for an emulator may show too seldom: only those for real hosts must show.
            let promised = entry.sometimes.is_some() && entry.emulators.is_empty();
            if promised && entry.applies(&case.id, site, *mode, *path) {
                match outcome {
                    Outcome::Known { id: Some(id), .. } if *id == entry.id => {
                        self.shown.insert(index, true);
                    }
                    Outcome::Pass => {
                        self.shown.entry(index).or_default();
                    }
                    // A trial that was skipped, or went wrong in another way first, says nothing.
                    _ => {}
                }
            }
        }
    }

    /// The entries that showed in no trial.
    pub(super) fn entries(&self, library: &Library) -> Vec<StaleEntry> {
        let silent = self.shown.iter().filter(|(_, shown)| !**shown);
        let silent = silent.filter_map(|(&index, _)| library.deviations.get(index));
        silent.map(|entry| StaleEntry { id: entry.id.clone(), reason: entry.reason.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use guests::Mode;
    use reports::{Finding, Kind, Moment, Symptom, TrialId};

    use super::*;
    use crate::case::{Source, load};
    use crate::terms::Path;

    /// Two entries with one reason, which show only sometimes.
    fn library() -> Library {
        let entry = |id: &str, got: &str| {
            format!(
                "  - id: {id}\n    cases: [\"**\"]\n    strategies: [amd-vnmi]\n    symptoms: [{{ mismatch: {{ want: nmi, got: {got} }} }}]\n    \
                 sometimes: it differs\n    reason: it is late\n    evidence: here\n"
            )
        };
        let entries = format!("deviations:\n{}{}", entry("vnmi.one", "after"), entry("vnmi.other", "before"));
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
        let read = |path: &str| (path.to_owned(), std::fs::read(folder.join(path)).expect("a file of the suite"));
        let list = ("known-deviations.yaml".to_owned(), entries.into_bytes());
        let texts = vec![read("blocking/second-nmi-waits.yaml"), read("rules/known.yaml"), list];
        load(&Source::Texts(texts)).unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
    }

    #[test]
    fn an_entry_that_showed_does_not_hide_another_with_its_reason() {
        let library = library();
        let case = &library.cases[0];
        let [machine, mode, path] = ["kvm", "long", "ioctl"].map(str::to_owned);
        let id = TrialId { machine, mode, path, case: case.id.clone() };
        let times = std::num::NonZeroU32::MIN;
        let planned = Planned { id, case, mode: Mode::Long, path: Path::Ioctl, slot: 0, times };
        let site = Site { strategy: "amd-vnmi".to_owned(), ..Site::default() };
        let finding = Finding::sequence(Moment::mark("nmi"), Moment::mark("after"));
        let symptom = Symptom { kind: Kind::Mismatch, pass: None, finding };
        let reason = library.deviations[0].reason.clone();
        let known = Outcome::Known { symptom, id: Some("vnmi.one".to_owned()), reason, history: None };
        let mut stale = Stale::default();
        stale.see(&library, &site, &planned, &Outcome::Pass);
        stale.see(&library, &site, &planned, &known);
        let ids: Vec<String> = stale.entries(&library).into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, ["vnmi.other"]);
    }
}
