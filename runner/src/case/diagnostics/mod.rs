//! What is wrong with the files, and how a person is told.

mod collect;
mod place;
mod render;

pub use collect::{Diagnostic, Diagnostics};
pub use place::Place;

pub(super) use collect::Report;
pub(super) use guests::suggest::{did_you_mean, meant, nearest};
