//! What this host is, and by which strategy its KVM virtualizes NMIs.

mod capabilities;
mod cpuinfo;
mod device;
mod emulator;
mod facts;
mod kernel;
mod kernel_log;
mod read;
mod splat;
mod strategy;
mod switch;

#[cfg(test)]
mod tests;

pub use device::device_owner;
pub use facts::{Device, HostFacts, KERNEL_VERSION, Module};
pub use kernel_log::KernelLog;
pub use splat::Splat;
pub use strategy::Strategy;
