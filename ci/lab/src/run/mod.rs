//! The suite on a target and a kernel, over as many boots as it takes.

mod boots;
mod collect;
mod job;
mod journal;
mod local;
mod one;
mod pool;
#[cfg(test)]
mod tests;

pub use boots::Lab;
pub use collect::{Collected, Part, Share};
pub use job::{Job, jobs};
pub use journal::Journal;
pub use pool::{Listener, Place, State, run_all};
