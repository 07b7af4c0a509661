//! The lab: the suite on real kvm_amd and kvm_intel of many kernels, on emulated processors.

pub mod qemu;
