//! Runs one case on one machine, in one pass, and keeps what was seen.

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
