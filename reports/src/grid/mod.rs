//! Several runs side by side: cases and rules by host.

mod build;
mod column;
mod json;
mod markdown;
mod row;
mod tally;
mod text;
mod words;

#[cfg(test)]
mod tests;

pub use build::{Grid, Rows};
pub use column::{Column, Labelled};
pub(crate) use column::{Place, places};
pub use row::{Row, Seen};
pub use tally::Tally;
pub(crate) use words::{labels, short_names};
