//! The command `lab`.

mod args;
mod list;
mod needs;
mod pick;
mod run;
mod screen;
mod show;
mod start;
mod summary;

pub use args::command;
pub use start::main;
