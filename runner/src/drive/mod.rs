//! Runs one case on one machine, in one pass, and keeps what was seen.

mod trace;

pub use trace::{Mark, Seen, Stop, Trace};
