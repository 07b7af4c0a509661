//! Faults planted in real KVM, to measure which of them the suite notices.
//!
//! A [`Mutant`] is a patch of a line or two whose change is behind `lab_mutant == N`. All of them are built into one set of modules
//! ([`crate::modules`]), and one boot runs them one after the other: before each round the first process of the guest writes the number to
//! `/sys/module/kvm/parameters/lab_mutant`. A [`Matrix`] has the results.

mod matrix;
mod mutant;
mod rounds;

pub use matrix::{Cell, Matrix, Row, noticed};
pub use mutant::{Mutant, Side, read_all};
pub use rounds::{Stage, plain, planted, round};
