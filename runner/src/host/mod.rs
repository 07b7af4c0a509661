//! What this host is, and by which strategy its KVM virtualizes NMIs.

mod capabilities;
mod cpuinfo;
mod facts;
mod read;
mod strategy;
mod switch;

#[cfg(test)]
mod tests;

pub use facts::{Device, HostFacts, Module};
pub use strategy::Strategy;
