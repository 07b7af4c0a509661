//! KVM on this host: virtual machines that are made once and reset between trials.
//!
//! Start reading at [`KvmMachine`], then `session`. `syscalls` is the only place with unsafe code.

mod capabilities;
mod ioctl_error;
mod machine;
mod nmi_source;
mod second_vcpu;
mod session;
mod syscalls;
mod threads;
mod vcpu;
mod vm;
mod vm_pool;
mod vmx_features;
mod watch;

#[cfg(test)]
pub(crate) mod tests;

pub use machine::KvmMachine;
pub(crate) use nmi_source::{NMI_PIN, ODD_VECTOR};
// For the benchmark's loop by hand, which maps memory as the machine does and shares nothing else with it.
pub use syscalls::{map_memory, new_memory};
pub use vm::TSS_ADDRESS;
pub use watch::Timing;
