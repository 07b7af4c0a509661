//! Reads text into raw values. The YAML crate is used here alone.

mod at;
mod errors;
mod outline;
mod raw_case;
mod raw_errata;
mod raw_expect;
mod raw_lists;
mod read;
mod recover;
mod scalars;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod schema_types;
mod text;

pub(super) use at::Words;
pub(super) use at::{At, Map, Maybe};
pub(super) use raw_case::{RawAction, RawCase, RawChange, RawL2Boot, RawStep};
pub(super) use raw_errata::{RawDocument, RawErrata, RawErratum, RawListed, RawProcessors};
pub(super) use raw_expect::{RawExit, RawExpect, RawFrame, RawMark, RawView, RawWants};
pub(super) use raw_lists::{RawCitation, RawDeviation, RawDeviations, RawRule, RawRules, RawStatus, Symptoms};
#[cfg(test)]
pub(super) use read::from_text;
pub(super) use read::{LONGEST, decode, read};
pub(super) use scalars::OneOrMany;
pub(super) use text::{Lines, Unmappable};
