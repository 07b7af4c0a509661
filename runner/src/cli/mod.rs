//! The command `nmi`.

mod args;
mod explain;
mod given;
mod host;
mod list;
mod load;
mod mutants;
mod rules;
mod run;
mod start;

pub use start::main;
