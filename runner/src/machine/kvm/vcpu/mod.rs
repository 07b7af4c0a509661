//! One processor of a virtual machine: a vCPU, what a reset gives it, and what moves along in a migration.

mod debug;
mod fpu_use;
mod msrs;
mod processor;
mod reset;
mod saved;
mod start_state;
mod statistics;

pub(super) use debug::{breakpoint_control, is_breakpoint};
pub(super) use fpu_use::FpuUse;
#[cfg(test)]
pub(super) use msrs::readable;
pub(super) use processor::Vcpu;
pub(super) use reset::ResetState;
pub(super) use saved::SavedVcpu;
pub(super) use statistics::SleepFlag;
