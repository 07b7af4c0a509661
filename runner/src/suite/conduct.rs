//! How a run executes its trials, and the interface by which it reports them.

use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use reports::Trial;

use super::machines::Slot;
use super::plan::Planned;

/// A run that stopped because the report could not be written.
#[derive(Debug, thiserror::Error)]
#[error("failed to write the report: {source}")]
pub struct Stopped {
    /// The error.
    pub source: std::io::Error,
}

/// How trials run.
pub struct Conduct<'a> {
    /// How many run at the same time.
    pub jobs: NonZeroUsize,
    /// Opens the same machines again, for one more worker.
    pub open: &'a (dyn Fn() -> Vec<Slot> + Sync),
    /// Read between trials; once it is set, the run ends, and its summary says so.
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
