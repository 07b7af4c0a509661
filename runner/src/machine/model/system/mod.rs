//! The machine around the processors: it runs them in turn, exits to the host, and does what the host asks.

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
