//! What is wrong with the files, and how a person is told.

mod collect;
mod nearest;
mod place;
mod render;

pub use collect::{Diagnostic, Diagnostics};
pub use place::Place;

pub(super) use collect::Report;
pub(super) use nearest::{did_you_mean, nearest};
