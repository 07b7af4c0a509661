//! `--require` and `--deny-skips`: conditions under which a run fails although no trial does.

use std::collections::BTreeMap;
use std::io;

use reports::{Event, Outcome, Reporter, SavedRun};

use super::args::RunArgs;
use crate::case::Case;
use crate::cli::failure::Failure;
use crate::cli::trials::chosen;
use crate::suite::{Filter, Requirement, Slot, Unmet, plan};

/// The conditions of `--require` and `--deny-skips`.
pub(super) struct Demands {
    /// Requirements that are not met, each with the reason.
    unmet: Vec<(Requirement, Unmet)>,
    /// Trials that may not be skipped.
    denied: Option<Filter>,
}

impl Demands {
    /// Checks `--require` on these machines, and reads `--deny-skips`. Errors: bad input.
    pub(super) fn new(args: &RunArgs, cases: &[Case], slots: &[Slot]) -> Result<Demands, Failure> {
        let unmet = |requirement: &Requirement| Some((*requirement, requirement.unmet(slots)?));
        let denied = (!args.deny_skips.is_empty()).then(|| Filter::new(&args.deny_skips)).transpose()?;
        if let Some(denied) = &denied {
            // A word that matches no trial is an error.
            chosen(denied, plan(cases, slots, &Filter::default()))?;
        }
        Ok(Demands { unmet: args.require.iter().filter_map(unmet).collect(), denied })
    }
}

/// Adds to the summary at the end of a run what was not tested and which demands are not met.
pub(super) struct DemandReporter<'a, R> {
    demands: &'a Demands,
    seen: SavedRun,
    to: R,
}

impl<'a, R: Reporter> DemandReporter<'a, R> {
    /// Passes events on to `to`.
    pub(super) fn new(demands: &'a Demands, to: R) -> DemandReporter<'a, R> {
        DemandReporter { demands, seen: SavedRun::default(), to }
    }

    /// The run as it was reported.
    pub(super) fn seen(self) -> SavedRun {
        self.seen
    }

    fn unmet(&self) -> Vec<String> {
        /// The most trials that are named for one reason.
        const NAMED: usize = 3;
        let mut skipped: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for trial in &self.seen.trials {
            let denied = self.demands.denied.as_ref().is_some_and(|denied| denied.chooses(&trial.id));
            if let (true, Outcome::Skipped { requirement }) = (denied, &trial.outcome) {
                skipped.entry(requirement.to_string()).or_default().push(trial.id.to_string());
            }
        }
        let told = skipped.into_iter().map(|(requirement, trials)| {
            let more = trials.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let verb = if trials.len() == 1 { "was" } else { "were" };
            let named = trials.get(..NAMED).unwrap_or(&trials).join(", ");
            format!("{named}{more} {verb} skipped: {requirement}")
        });
        let unmet = self.demands.unmet.iter().map(|(requirement, unmet)| format!("{requirement}: {unmet}"));
        unmet.chain(told).collect()
    }
}

impl<R: Reporter> Reporter for DemandReporter<'_, R> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let event = match event {
            Event::RunFinished(summary) => {
                let mut summary = summary.clone();
                summary.untested = self.seen.untested();
                summary.unmet = self.unmet();
                Event::RunFinished(summary)
            }
            event => event.clone(),
        };
        self.seen.take(&event);
        self.to.take(&event)
    }
}
