//! One run against another, trial by trial.

mod build;
mod change;
mod facts;
mod fold;
mod json;
mod markdown;
mod text;

#[cfg(test)]
mod tests;

pub use build::{ComparedRun, Comparison, TrialChange};
pub use change::Change;
pub use facts::FactChange;
