//! Checks of a whole case, and of all files together.

mod deviations;
mod ends;
mod entry;
mod errata;
mod marks;
mod nested;
mod paths;
mod requires;
mod rules;
mod stack;
mod steps;
mod vmx;

use super::resolve::{NOT_LITERAL, Resolved};

pub(super) use deviations::{deviations, same_ids};
pub(super) use ends::ends;
pub(super) use errata::errata;
pub(super) use paths::PATH_CANNOT;
pub(super) use rules::{coverage, duplicates};
pub(super) use stack::without_stack;

/// Checks one resolved case.
pub(super) fn case(resolved: &mut Resolved) {
    paths::lint(resolved);
    requires::lint(resolved);
    entry::lint(resolved);
    nested::lint(resolved);
    if !resolved.report.has(NOT_LITERAL) {
        marks::lint(resolved);
        steps::lint(resolved);
    }
}
