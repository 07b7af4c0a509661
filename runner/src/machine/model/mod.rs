//! The model: a processor that runs the rules of the crate `spec`, with KVM's queue around it.
//!
//! `cpu` and `exec` implement as much of a processor as the guests of this suite need, `svm` and `vmx` what guest hypervisors
//! need on AMD's and on Intel's processors, `chips` what is around a processor, and `system` the machine. It is not a general
//! emulator: an instruction that it does not know is trouble that names the instruction. Where the manuals leave behaviour
//! open, it takes one of the ways that they allow (`choices`), and the next one on request.

mod chips;
mod choices;
mod cpu;
mod exec;
mod svm;
mod system;
#[cfg(test)]
mod testing;
mod vmx;

pub use system::{Happened, Happening, ModelMachine, Nested, State};
