//! The machine around the processors: who runs when, what reaches the host, what the host does.

mod host;
mod machine;
mod migrate;
mod noting;
mod run;
mod watch;
mod world;

#[cfg(test)]
mod tests;

pub use machine::ModelMachine;
pub use watch::{Happened, Happening, Nested, State};
