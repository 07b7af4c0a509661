//! The command `lab`: one module for each of its commands, which `start` calls.

mod args;
mod bare;
mod compare;
mod fetch;
mod fixes;
mod gather;
mod interrupt;
mod list;
mod mutants;
mod needs;
mod output;
mod places;
mod progress;
mod reproduce;
mod run;
mod saved;
mod start;
mod summary;

pub use args::command;
pub use start::main;
