//! Resolves raw values into cases, rules, deviations and errata: looks up every word, checks every number, and reports all
//! problems at once.

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
mod symptoms;
mod values;
mod wants;

pub(super) use case::{Resolved, case};
pub(super) use deviations::{Places, deviations};
pub(super) use errata::{WithRules, errata};
pub(super) use guest::NOT_LITERAL;
pub(super) use names::{split_occurrence, split_offset};
pub(super) use rules::rules;
pub(super) use wants::never_seen;
