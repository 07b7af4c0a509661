//! Tests that need /dev/kvm; where there is none, each says that it is not run, and why.

mod clean;
mod fixture;
mod pairs;
mod paths;
mod runs;
mod traps;
mod views;

pub(crate) use fixture::machine;
