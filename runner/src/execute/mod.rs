//! Runs one case on one machine, in one pass, and keeps what was seen.

mod differs;
mod ring;
mod run;
mod trace;

pub use run::{Setting, execute};
pub use trace::{HostAction, Mark, Seen, Stop, Trace};

#[cfg(test)]
mod tests;
