//! The lab: the suite on real kvm_amd and kvm_intel of many kernels, on emulated processors.
//!
//! - [`target`]: on what the suite runs; [`run`]: whole runs, made of boots.
//! - [`kernel`]: finds and fetches kernels, from [`debian`]; [`kernel_image`] decompresses them and lays them out.
//! - [`guest`]: packs what runs in a boot; [`boot`]: starts and watches it on [`qemu`] or [`bochs`], which [`patched`] builds from source.
//! - [`bare`]: guests on an emulated or physical processor without a kernel.
//! - [`modules`]: builds KVM with patches; [`mutants`]: plants faults in it; [`fixes`]: proves patches for [`findings`];
//!   [`reproduce`]: runs programs that show them.
//! - [`needs`]: what is missing on this machine for all that.
//! - [`plan`] and [`serial`]: what the lab and the first process of its guests share.

mod attempt;
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

pub use attempt::Attempt;
pub use cache::{Cache, Lock};
pub use failure::Failure;
pub use verdict::Verdict;
