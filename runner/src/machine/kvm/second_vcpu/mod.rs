//! The second thread: it runs the second processor, or raises an NMI once the first processor has halted.

mod run;
mod thread;

pub(super) use run::Ended;
pub(super) use thread::{Job, SecondThread};
