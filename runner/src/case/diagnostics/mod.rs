//! Problems of files, and how they are shown.

mod collect;
mod diagnostic;
mod place;
mod render;

pub use collect::Diagnostics;
pub use diagnostic::Diagnostic;
pub use place::Place;

pub(super) use collect::Report;
pub(super) use guests::suggest::{did_you_mean, meant, nearest};
