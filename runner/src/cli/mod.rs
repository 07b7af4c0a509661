//! The command `nmi`.

mod args;
mod baseline;
pub mod code;
mod demands;
mod diff;
mod errata;
mod explain;
mod format;
mod given;
mod host;
mod hunt;
mod interrupt;
mod last_failed;
mod list;
mod load;
mod merge;
mod mutants;
mod report;
mod rules;
mod run;
mod saved;
mod select;
mod start;

pub use args::command;
pub use format::Format;
pub use interrupt::watch_for_interrupt;
pub use start::main;
