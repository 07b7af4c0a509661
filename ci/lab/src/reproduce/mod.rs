//! `lab reproduce`: makes a program of each case that shows a finding, compiles it, runs all of a target in one boot of its kernel, and
//! tells which of them show what they should.
//!
//! Beside them runs a *control*, of a case that every KVM passes: it must be silent, or the programs say nothing.

mod answer;
mod boots;
mod chosen;
mod compile;

pub use answer::{Answer, Shown, table};
pub use boots::{Boots, run};
pub use chosen::{Chosen, choose};
pub use compile::{Program, compile};
