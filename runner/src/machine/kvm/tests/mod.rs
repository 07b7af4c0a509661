//! Tests that need /dev/kvm; each says so and passes where there is none.

mod clean;
mod fixture;
mod pairs;
mod paths;
mod runs;
mod traps;
mod views;
