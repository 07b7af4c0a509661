//! The trace ABI: the pseudo-instructions a case writes, the routines they call, and the records these leave.
//!
//! [`pseudo`] expands the words, [`routines`] holds the text of what they call, [`layout`] is the record's layout that
//! the routines and [`decode_ring`] share, [`icr`] how a guest speaks to its local APIC, [`constants`] the names that
//! text assembly may use.

mod constants;
mod icr;
mod layout;
mod pseudo;
mod record;
#[cfg(test)]
mod routine_tests;
mod routines;
mod tag;

pub use record::{FrameKind, Record, decode_ring};

pub(crate) use constants::constants;
pub(crate) use pseudo::Expander;
pub(crate) use routines::{OTHER, PREFIX, default_handler, defaults, mark, mark_smm, park, sender};
pub(crate) use tag::{mark_of_tag, pushed_tag};
