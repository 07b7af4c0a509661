//! Faults planted in real KVM, to measure what the suite notices.
//!
//! A [`Mutant`] is a patch of a line or two whose change is behind `lab_mutant == N`. All of them are built into one set of modules
//! ([`crate::modules`]), and one boot goes through them: before each round the first process of the guest writes the number to
//! `/sys/module/kvm/parameters/lab_mutant`. A [`Matrix`] is what came of it.

mod error;
mod matrix;
mod mutant;
mod rounds;

pub use error::MutantError;
pub use matrix::{Cell, Matrix, Row, noticed};
pub use mutant::{Mutant, Side, read_all};
pub use rounds::{Stage, plain, planted, round};
