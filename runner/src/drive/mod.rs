//! Runs one case on one machine, in one pass, and keeps what was seen.

mod ring;
mod run;
mod trace;

pub use run::{Setting, drive};
pub use trace::{Deed, Mark, Seen, Stop, Trace};
