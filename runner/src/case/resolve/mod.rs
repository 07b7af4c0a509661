//! Raw values to cases, rules, deviations and errata: every word looked up, every number checked, everything wrong at once.

mod boot;
mod case;
mod deviations;
mod errata;
mod expect;
mod guest;
mod host;
mod merge;
mod names;
mod rules;
mod seen;
mod symptoms;
mod values;
mod wants;

pub(super) use case::{Resolved, case};
pub(super) use deviations::deviations;
pub(super) use errata::{WithRules, errata};
pub(super) use guest::NOT_LITERAL;
pub(super) use names::{split_occurrence, split_offset};
pub(super) use rules::rules;
