//! The report for people: progress while it runs, and the whole story at the end.

mod closing;
mod failure;
mod groups;
mod reporter;
#[cfg(test)]
mod tests;

pub use failure::failure;
pub(crate) use failure::verdict;
pub use reporter::{Progress, Text, TextOptions};
