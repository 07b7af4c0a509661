//! The model: a processor that runs the rules of the crate `spec`, with KVM's queue around it.
//!
//! `cpu` and `exec` are just enough of a
//! processor to run the guests of this suite, `svm` what a guest hypervisor of AMD's needs, `vmx` one of Intel's, `chips` what sits around it, `system` the machine. It is not a general
//! emulator: an instruction it does not know is trouble that names the instruction. Where the manuals leave something
//! open it takes one of the ways that they allow (`choices`), and can be asked for the next.

mod chips;
mod choices;
mod cpu;
mod exec;
mod svm;
mod system;
#[cfg(test)]
mod testing;
mod vmx;

pub use system::{Happened, Happening, ModelMachine, State};
