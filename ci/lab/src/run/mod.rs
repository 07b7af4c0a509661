//! The suite on a target and a kernel, over as many boots as it takes.

mod bare;
mod boots;
mod collect;
mod job;
mod journal;
mod local;
mod one_boot;
mod pool;
#[cfg(test)]
mod tests;

pub use boots::Lab;
pub use collect::{Collected, ShardHandle, ShardRun};
pub use job::{Job, jobs};
pub use journal::Journal;
pub use pool::{Listener, RunId, State, run_all};
