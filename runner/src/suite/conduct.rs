//! What a run is told of how to go on, and whom it tells of its trials.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use reports::Trial;

use super::machines::Slot;
use super::plan::Planned;

/// A run that could not report: the first error, and what was counted until then.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the report: {source}")]
pub struct Stopped {
    /// What went wrong.
    pub source: std::io::Error,
}

/// How trials run.
pub struct Conduct<'a> {
    /// How many side by side.
    pub jobs: NonZeroUsize,
    /// Opens the machines of one more worker, the same as the run's.
    pub open: &'a (dyn Fn() -> Vec<Slot> + Sync),
    /// Asked between trials: a run that was interrupted ends with a summary that says so.
    pub interrupted: &'a AtomicBool,
}

/// What the run does as trials start and end.
pub(super) trait Listener {
    /// Whether another trial may start.
    fn goes_on(&self) -> bool;

    /// A trial is about to start.
    fn starts(&mut self, trial: &Planned<'_>) -> Result<(), Stopped>;

    /// A trial has ended; called in the order of the plan.
    fn ended(&mut self, number: usize, trial: Trial) -> Result<(), Stopped>;
}
