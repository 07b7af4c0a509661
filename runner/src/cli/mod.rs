//! The command `nmi`.

mod args;
mod baseline;
mod check;
pub mod code;
mod completions;
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
mod man;
mod merge;
mod mutants;
mod new;
mod outputs;
mod progress;
mod report;
mod rules;
mod run;
mod saved;
mod select;
mod start;
mod terminal;
mod values;

pub use args::command;
pub use format::Format;
pub use interrupt::watch_for_interrupt;
pub use start::main;
