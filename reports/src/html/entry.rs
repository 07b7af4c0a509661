//! The trials of a page and how they are grouped.

use crate::grid::{Place, places};
use crate::groups::{self, Group, by};
use crate::machine::MachineKind;
use crate::suspect::Suspects;
use crate::vendor::Vendor;
use crate::{Ending, Labelled, RunFacts, SavedRun, Trial};

/// A trial of one of the runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    /// The column of the grid that it is in.
    pub(super) column: usize,
    pub(super) run: &'a SavedRun,
    pub(super) trial: &'a Trial,
    /// A note if the models fail its case, too.
    pub(super) suspect: Option<&'static str>,
}

impl<'a> groups::Entry<'a> for Entry<'a> {
    fn trial(self) -> &'a Trial {
        self.trial
    }
}

/// Every trial, in the order of the columns.
pub(super) fn entries<'a>(runs: &[Labelled<'a>]) -> Vec<Entry<'a>> {
    let of = |(column, place): (usize, Place<'a>)| {
        let run = place.run.run;
        let suspects = Suspects::of(&run.trials);
        let own = run.trials.iter().filter(move |trial| trial.id.machine == place.machine);
        own.map(move |trial| Entry { column, run, trial, suspect: suspects.words(trial) })
    };
    places(runs).into_iter().enumerate().flat_map(of).collect()
}

impl<'a> Entry<'a> {
    /// The vendor whose manual applies. None if unknown.
    pub(super) fn vendor(&self) -> Option<Vendor> {
        let host = || {
            let facts = self.facts()?;
            Vendor::of_processor(&facts.host.iter().find(|fact| fact.name == "vendor")?.value)
        };
        MachineKind::of(&self.trial.id.machine).vendor().or_else(host)
    }

    pub(super) fn facts(&self) -> Option<&'a RunFacts> {
        self.run.facts.as_ref()
    }

    /// Contents and ending: trials of one case with equal values ended alike.
    fn ended(&self) -> (&'a str, Ending) {
        (&self.trial.hash, Ending::of(&self.trial.outcome))
    }
}

/// The trials of one case that ended alike.
pub(super) fn alike<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Vec<Group<Entry<'a>>> {
    by(entries, |entry| Some((entry.vendor(), entry.ended())))
}

/// Failures: a group for each case and symptom. A host that died is told under the case that ran when it died.
pub(super) fn failures<'a>(entries: &[Entry<'a>]) -> Vec<Group<Entry<'a>>> {
    let failed = entries.iter().copied().filter(|entry| entry.trial.outcome.kind().is_failure());
    by(failed, |entry| Some((entry.trial.id.case.as_str(), entry.vendor(), entry.ended())))
}
