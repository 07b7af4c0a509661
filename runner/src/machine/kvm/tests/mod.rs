//! Tests that need /dev/kvm; where there is none, they are ignored, with that reason.

mod clean;
mod fixture;
mod pairs;
mod paths;
mod runs;
mod traps;
mod views;

pub(crate) use fixture::machine;
