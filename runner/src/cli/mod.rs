//! The command `nmi`: one module for each of its commands, below `start`, which knows them all.

mod cases;
mod check;
mod completions;
mod details;
mod diff;
mod errata;
mod explain;
mod facts;
mod failure;
mod host;
mod hunt;
mod list;
mod man;
mod merge;
mod mutants;
mod new;
mod one_case;
mod progress;
mod report;
mod reproduce;
mod rules;
mod run;
mod start;
mod trials;
mod values;

pub use start::{command, main};
