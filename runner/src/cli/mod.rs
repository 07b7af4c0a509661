//! The command `nmi`.

mod args;
mod explain;
mod host;
mod list;
mod load;
mod mutants;
mod rules;
mod run;
mod start;

pub use start::main;
