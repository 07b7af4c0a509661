//! Hunts for rare failures: runs the suite again and again, in random order and under load, and keeps a journal on disk.
//!
//! Start reading at [`Hunt`]. [`order()`] gives the order of trials, [`background`] keeps the host busy, [`journal`] is the file,
//! [`tally`] counts what was seen, and [`report()`] prints it.

mod background;
mod journal;
mod line;
mod order;
mod plan;
mod replay;
mod report;
mod rounds;
mod tally;

pub use background::Background;
pub use journal::{Damage, Journal, JournalContents, JournalError, NotALine, read};
pub use line::Line;
pub use order::{is_loaded, jitter_seed, order};
pub use plan::{Absurd, Changed, LoadPlan, MOST_LOAD, Plan};
pub use replay::OutOfOrder;
pub use report::report;
pub use rounds::{Ended, Hunt};
pub use tally::{MOST_DEATHS, Record, Sighting, Tally};
