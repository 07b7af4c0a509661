//! A machine with a planted fault: the model, made to go wrong in one chosen way, so that every outcome can be seen
//! and the framework can be tested against a machine known to be bad.

mod fault;
mod machine;

pub use fault::Fault;
pub use machine::FaultyMachine;
