//! Several runs side by side: cases and rules by host.

mod build;
mod column;
mod json;
mod labels;
mod markdown;
mod row;
mod tally;
mod text;

#[cfg(test)]
mod tests;

pub use build::{Grid, Rows};
pub use column::{Column, Labelled};
pub(crate) use column::{Place, places};
pub(crate) use labels::{labels, short_names};
pub use row::{Row, Seen};
pub use tally::Tally;
