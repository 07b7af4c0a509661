//! The command `nmi`.

mod args;
pub mod code;
mod errata;
mod explain;
mod given;
mod host;
mod hunt;
mod interrupt;
mod list;
mod load;
mod mutants;
mod rules;
mod run;
mod start;

pub use interrupt::watch_for_interrupt;
pub use start::main;
