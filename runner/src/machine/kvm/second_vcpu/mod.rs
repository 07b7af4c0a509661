//! A second thread: it runs the second processor, and raises NMIs to the first one once that has halted.

mod run;
mod thread;

pub(super) use run::Ended;
pub(super) use thread::{Order, SecondThread};
