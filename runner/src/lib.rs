//! Loads conformance cases, plans trials, runs them on a machine, and judges what it shows.
//!
//! The modules, in the order a trial passes through them: [`case`] (files to cases), [`suite`] (cases to trials),
//! [`machine`] (KVM, the model, a faulty one), [`execute`] (one case on one machine to a trace), [`judge`] (trace and
//! expectation to an outcome). [`hunt`] does so again and again; [`host`] knows this host, [`terms`] the words all of them share,
//! [`command`] what a command needs of its terminal, [`cli`] the command `nmi`.

pub mod case;
pub mod cli;
pub mod command;
pub mod execute;
pub mod host;
pub mod hunt;
pub mod judge;
pub mod machine;
pub mod reproduce;
pub mod suite;
pub mod terms;
