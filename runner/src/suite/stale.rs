use std::collections::BTreeMap;

use reports::Outcome;

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
                    Outcome::Known { reason, .. } if *reason == entry.reason => {
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

    /// The reasons of the entries that showed in no trial.
    pub(super) fn reasons(&self, library: &Library) -> Vec<String> {
        let silent = self.shown.iter().filter(|(_, shown)| !**shown);
        silent.filter_map(|(&index, _)| Some(library.deviations.get(index)?.reason.clone())).collect()
    }
}
