//! Loads conformance cases, plans trials, runs them on machines, and judges the results.
//!
//! The modules, in the order a trial passes through them: [`case`] (files to cases), [`suite`] (cases to trials),
//! [`machine`] (KVM, the model, a faulty one), [`execute`] (one case on one machine to a trace), [`judge`] (trace and
//! expectation to an outcome). [`hunt`] repeats this for hours, [`reproduce`] makes a C program of a case, [`host`] reads the facts
//! of this host, [`terms`] has the terms that all modules share, [`command`] what commands need of the terminal, and [`cli`] the
//! command `nmi`.

pub mod case;
pub mod cli;
pub mod command;
pub mod execute;
pub mod host;
pub mod hunt;
pub mod judge;
pub mod machine;
pub mod parallel;
pub mod reproduce;
pub mod suite;
pub mod terms;
