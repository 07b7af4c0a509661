//! A loaded guest, and what the host does with it.

mod actions;
mod migrate;
mod raise;
mod run;
mod state;

pub(super) use state::{KvmSession, Parts};
