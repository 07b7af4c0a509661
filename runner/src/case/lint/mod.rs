//! What can only be said of a whole case, or of all files together.

mod deviations;
mod marks;
mod paths;
mod rules;

use super::resolve::Resolved;

pub(super) use deviations::deviations;
pub(super) use rules::{coverage, duplicates};

/// Everything that one case must keep beyond what its words say.
pub(super) fn case(resolved: &mut Resolved) {
    paths::lint(resolved);
    marks::lint(resolved);
}
