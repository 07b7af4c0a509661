//! The command `nmi`.

mod args;
pub mod code;
mod explain;
mod given;
mod host;
mod interrupt;
mod list;
mod load;
mod mutants;
mod report;
mod rules;
mod run;
mod saved;
mod start;

pub use interrupt::watch_for_interrupt;
pub use start::main;
