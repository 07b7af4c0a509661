//! One processor of a virtual machine: the vCPU, its reset, and its state in a migration.

mod debug;
mod msrs;
mod nested;
mod processor;
mod reset;
mod reset_state;
mod saved;
mod start_state;
mod statistics;
mod touched;

pub(super) use debug::{breakpoint_control, is_breakpoint};
#[cfg(test)]
pub(super) use msrs::readable;
pub(super) use nested::{NestedOrder, Vmcb};
pub(super) use processor::Vcpu;
pub(super) use reset_state::ResetState;
pub(super) use saved::SavedVcpu;
pub(super) use statistics::SleepFlag;
pub(super) use touched::{Touched, TouchedBy};
