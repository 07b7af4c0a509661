//! The report for people: progress while it runs, and the whole story at the end.

mod closing;
mod details;
#[cfg(test)]
mod details_tests;
mod failure;
mod groups;
mod reporter;
mod slowest;
#[cfg(test)]
mod tests;

pub use details::Details;
pub use failure::failure;
pub(crate) use failure::verdict;
pub use reporter::{Progress, Text, TextOptions};
