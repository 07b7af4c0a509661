//! Hunting what fails seldom: the suite again and again, in random order, under load, with a journal that survives.
//!
//! Start reading at [`Hunt`]. [`order()`] says what comes when, [`load`] keeps the host busy, [`journal`] keeps what was
//! seen, [`tally`] counts it, [`report()`] tells it.

mod journal;
mod line;
mod load;
mod order;
mod plan;
mod replay;
mod report;
mod rounds;
mod tally;

pub use journal::{Journal, JournalContents, JournalError, read};
pub use line::Line;
pub use load::Load;
pub use order::{is_loaded, jitter_seed, order};
pub use plan::{Changed, LoadPlan, MOST_LOAD, Plan};
pub use report::report;
pub use rounds::{Ended, Hunt};
pub use tally::{MOST_DEATHS, Record, Sighting, Tally};
