//! Runs one case on one machine in one pass, and returns the trace.

mod differs;
mod ring;
mod run;
mod setting;
mod trace;

pub use run::execute;
pub use setting::Setting;
pub use trace::{HostAction, Mark, Seen, Stop, Trace};

#[cfg(test)]
mod tests;
