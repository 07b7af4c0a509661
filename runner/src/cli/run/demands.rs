//! `--require` and `--deny-skips`: what a run must find and do beyond not failing.

use std::collections::BTreeMap;
use std::io;

use reports::{Event, Outcome, Reporter, SavedRun};

use super::args::RunArgs;
use crate::case::Case;
use crate::cli::failure::Failure;
use crate::cli::trials::chosen;
use crate::suite::{Filter, Slot, plan};

/// What a run must find and do, beyond not failing.
pub(super) struct Demands {
    /// Requirements that are not met, in words.
    unmet: Vec<String>,
    /// Trials that may not be skipped.
    denied: Option<Filter>,
}

impl Demands {
    /// What the flags demand of these machines. Errors: bad input.
    pub(super) fn new(args: &RunArgs, cases: &[Case], slots: &[Slot]) -> Result<Demands, Failure> {
        let unmet =
            |requirement: &crate::suite::Requirement| Some(format!("{requirement}: {}", requirement.unmet(slots)?));
        let denied = (!args.deny_skips.is_empty()).then(|| Filter::new(&args.deny_skips)).transpose()?;
        if let Some(denied) = &denied {
            // A word that fits no trial would deny nothing.
            chosen(denied, plan(cases, slots, &Filter::default()))?;
        }
        Ok(Demands { unmet: args.require.iter().filter_map(unmet).collect(), denied })
    }
}

/// Completes the summary at the end of a run: what was not tested, and what was demanded and is not so.
pub(super) struct DemandReporter<'a, R> {
    demands: &'a Demands,
    seen: SavedRun,
    to: R,
}

impl<'a, R: Reporter> DemandReporter<'a, R> {
    /// Tells this reporter.
    pub(super) fn new(demands: &'a Demands, to: R) -> DemandReporter<'a, R> {
        DemandReporter { demands, seen: SavedRun::default(), to }
    }

    /// The run as it was told.
    pub(super) fn seen(self) -> SavedRun {
        self.seen
    }

    fn unmet(&self) -> Vec<String> {
        /// Trials that are named for one reason.
        const NAMED: usize = 3;
        let mut skipped: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for trial in &self.seen.trials {
            let denied = self.demands.denied.as_ref().is_some_and(|denied| denied.chooses(&trial.id));
            if let (true, Outcome::Skipped { requirement }) = (denied, &trial.outcome) {
                skipped.entry(requirement).or_default().push(trial.id.to_string());
            }
        }
        let told = skipped.into_iter().map(|(requirement, trials)| {
            let more = trials.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let verb = if trials.len() == 1 { "was" } else { "were" };
            let named = trials.get(..NAMED).unwrap_or(&trials).join(", ");
            format!("{named}{more} {verb} skipped: {requirement}")
        });
        self.demands.unmet.iter().cloned().chain(told).collect()
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
