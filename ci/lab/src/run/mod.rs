//! Runs the suite on a target and a kernel, in as many boots as it takes.

mod bare;
mod boots;
mod collect;
mod incomplete;
mod job;
mod journal;
mod lab;
mod local;
mod one_boot;
mod pool;
mod run_id;
#[cfg(test)]
mod tests;

pub use collect::{Collected, ShardHandle, ShardRun};
pub use incomplete::Incomplete;
pub use job::{Job, jobs};
pub use journal::Journal;
pub use lab::Lab;
pub use pool::{Listener, State, run_all};
pub use run_id::RunId;
