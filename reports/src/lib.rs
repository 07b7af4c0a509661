//! The event stream of a run, and everything made of it.
//!
//! A run tells its story as [`Event`]s; each [`Reporter`] turns them into something a person or a program reads. This
//! crate knows words and numbers only: nothing of cases' files, guests or machines.

mod event;
mod outcome;

pub use event::{Event, HostFact, RuleRef, RunFacts, Summary, Trial, TrialId};
pub use outcome::{Divergence, Kind, Outcome};

/// Turns events into a report.
pub trait Reporter {
    /// Takes the next event. Errors: writing failed.
    fn take(&mut self, event: &Event) -> std::io::Result<()>;
}
