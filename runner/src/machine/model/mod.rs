//! The model: an executable specification of NMIs, to be read beside the manuals.
//!
//! Read [`rules`] first: every rule is one small function with its source. `cpu` and `exec` are just enough of a
//! processor to run the guests of this suite, `chips` what sits around it, `system` the machine. It is not a general
//! emulator: an instruction it does not know is trouble that names the instruction. [`Mutant`]s are models with one rule
//! wrong, by which the suite itself is tested.

mod chips;
mod cpu;
mod exec;
mod mutant;
mod rules;
mod system;

pub use mutant::Mutant;
pub use system::{Happened, Happening, ModelMachine, State};
