//! The lab: the suite on real kvm_amd and kvm_intel of many kernels, on emulated processors.
//!
//! [`target`] says on what, [`kernel`] finds and fetches kernels ([`debian`] knows where), [`guest`] packs what runs in a
//! boot, [`boot`] starts and watches it on [`qemu`] or [`bochs`] (which starts kernels as [`kernel_image`] lays them out;
//! [`patched`] builds either from source; [`needs`] says what is missing for all that),
//! [`modules`] builds KVM with patches, [`mutants`] plants faults in it, [`fixes`] mends it, [`run`] makes whole runs of boots;
//! [`reproduce`] runs in one what shows [`findings`]. [`plan`] and [`serial`] are what the lab and the first process of its guests share.

pub mod bare;
pub mod bochs;
pub mod boot;
mod cache;
pub mod cli;
pub mod debian;
mod failure;
pub mod findings;
pub mod fixes;
pub mod guest;
mod hardware;
pub mod kernel;
pub mod kernel_image;
pub mod modules;
pub mod mutants;
pub mod needs;
pub mod patched;
pub mod plan;
mod program;
pub mod qemu;
pub mod reproduce;
pub mod run;
pub mod serial;
mod stream;
pub mod target;
#[cfg(test)]
mod testing;
mod verdict;

pub use cache::{Cache, Lock};
pub use failure::Failure;
pub use verdict::Verdict;
