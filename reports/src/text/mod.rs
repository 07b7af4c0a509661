//! The text report: progress during the run, and all results at the end.

mod closing;
mod details;
#[cfg(test)]
mod details_tests;
mod failure;
mod reporter;
mod shown;
mod slowest;
#[cfg(test)]
mod tests;

pub use details::Details;
pub use failure::failure;
pub(crate) use failure::verdict;
pub use reporter::{Progress, Text, TextOptions};
