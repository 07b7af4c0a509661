//! `lab reproduce`: makes a C program of each case that shows a finding, compiles it, runs all programs of a target in one boot of its
//! kernel, and prints which of them show their finding.
//!
//! A *control*, the program of a case that every KVM passes, runs with them: if it is not silent, the others prove nothing.

mod answer;
mod boots;
mod chosen;
mod compile;
mod no_program;

pub use answer::{Answer, Shown, table};
pub use boots::{Boots, run};
pub use chosen::{Chosen, choose};
pub use compile::{Program, compile};
pub use no_program::NoProgram;
