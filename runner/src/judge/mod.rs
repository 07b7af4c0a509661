//! Compares what a run showed with what its case wants, and gives the outcome. Nothing here depends on the machine.

mod check;
mod exit;
mod fields;
mod history;
mod host_fault;
mod known;
mod moment;
mod passes;
mod place;
mod stopped;
mod vmx_exit;
mod wants;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use check::judge;
pub use history::{gap, history, look, of_int_ctl, seen_step};
pub use host_fault::{host_died, kernel_warning};
pub use known::{Deviation, settle};
pub use moment::{end_of, kept};
pub use passes::compare;
pub use place::{listing_line, mark_place, place};
