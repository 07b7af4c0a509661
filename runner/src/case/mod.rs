//! Cases: their types, and how they are read from files.
//!
//! [`load()`] reads the `files` of a [`Source`]: `parse` turns text into raw values with their places (and alone uses the YAML crate),
//! `resolve` looks up every word, `lint` checks whole cases and all files together, `assembly` builds every guest.
//! Problems are collected as [`Diagnostics`] and reported all at once.

mod address;
mod assembly;
mod delivered;
mod deviations;
mod diagnostics;
mod errata;
mod exit;
mod expect;
mod file_read;
mod files;
mod id;
mod kernels;
mod library;
mod library_builder;
mod lint;
mod load;
mod parse;
mod resolve;
mod rules;
mod source;
pub mod symptom;
mod types;
mod vmx_exit;
mod vocabulary;
mod wiring;

pub use address::address;
pub use delivered::Delivered;
pub use deviations::{Deviation, Site};
pub use diagnostics::{Diagnostic, Diagnostics, Place};
pub use errata::{Document, Erratum, Listed, Processors};
pub use exit::{ExitWant, exit_word};
pub use expect::{End, Expect, FrameWant, Lines, MarkWant, NameAt, StackSegment, ViewWant};
pub use id::is_id;
pub use kernels::{BadKernelRange, KernelRange};
pub use library::{Library, Loaded};
pub use load::{check, check_one, files, load, load_needed};
pub use rules::{Citation, Rule, Rules, Scope, Status};
pub use source::Source;
pub use symptom::SymptomPattern;
pub use types::{Case, HostStep, Moment, StepKind};
pub use vmx_exit::{Blocking, Reason, VmxExitWant, activity_word, basic_word};
pub use wiring::{depends_on_vendor, wiring};
