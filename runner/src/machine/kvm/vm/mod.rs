//! A virtual machine: memory and interrupt controllers, its processors, and what is found out by making one.

mod cpuid;
mod exit_reason;
mod memory;
mod page_tables;
mod platform;
mod probe;
mod saved;
mod virtual_machine;

pub(super) use exit_reason::{starved, unexpected_exit};
pub use platform::TSS_ADDRESS;
pub(super) use platform::{NmiPin, Platform};
pub(super) use probe::Probe;
pub(super) use saved::SavedPlatform;
pub(super) use virtual_machine::{Config, Vm, lock};
