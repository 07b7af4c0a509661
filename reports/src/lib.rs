//! The event stream of a run, and everything made of it.
//!
//! A run produces [`Event`]s; each [`Reporter`] turns them into something that a person or a program reads. This crate knows
//! nothing of case files, guests or machines. What it writes depends on the events alone, so a saved run replayed gives the same
//! report again.

mod baseline;
mod case_view;
mod claim;
pub mod code;
mod compare;
mod cost;
mod date;
mod distinct;
mod ending;
mod enum_words;
mod event;
mod exit_code;
mod explain;
mod finding;
mod grid;
mod groups;
mod hex;
mod history;
mod html;
mod input;
mod is_default;
mod json;
mod json_text;
mod junit;
mod kill;
mod kind;
mod ktap;
mod lanes;
mod layout;
mod listing;
mod machine;
mod markdown;
mod matrix;
mod merge;
mod outcome;
mod output;
mod outputs;
mod pass;
mod printable;
mod replace;
mod reporter;
mod saved;
mod scope;
mod style;
mod suspect;
mod sync;
mod table;
mod text;
mod timeline;
mod vendor;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod testing;

pub use baseline::{AgainstBaseline, Baseline};
pub use case_view::{CaseView, ErratumRef, Variant};
pub use claim::Claim;
pub use compare::{Change, ComparedRun, Comparison, FactChange, TrialChange};
pub use cost::Cost;
pub use ending::Ending;
pub use event::{Event, HostFact, Kicks, RuleRef, RunFacts, StaleEntry, Summary, Trial, TrialId};
pub use exit_code::exit_code;
pub use finding::{
    At, BareLack, Cannot, Capability, DeviceOwner, Difference, ExitKind, Field, Finding, Harness, HostAct, HostEnd,
    KvmLack, Lack, ModelLack, Moment, NestedFeature, NoEntry, NoMemory, NoRaise, NoTurn, Place, Record, Returned,
    Symptom, Trouble, Unmodelled, UnmodelledMode, Value, errno, forbidden,
};
pub use grid::{Column, Grid, Labelled, Row, Rows, Seen, Tally};
pub use hex::hex;
pub use history::{History, Level, Nested, Step, What};
pub use html::{Page, Wanted};
pub use input::{Input, InputError, InputKind, open_input, read_input};
pub use json::{Json, ReadError, read_run, write_run};
pub use junit::Junit;
pub use kill::{CaseKills, KillMatrix, Mutant};
pub use kind::Kind;
pub use ktap::Ktap;
pub use layout::{WIDTH, broken, counted, hanging};
pub use listing::{Excerpt, ListingLine};
pub use machine::KVM;
pub use matrix::{Cell, Matrix};
pub use merge::{MergeError, merge};
pub use outcome::{Divergence, Outcome};
pub use output::Output;
pub use outputs::{OutputError, Outputs, Refusal};
pub use pass::Pass;
pub use printable::{is_acted_on, printable, printable_lines};
pub use replace::replace;
pub use reporter::{All, Reporter};
pub use saved::SavedRun;
pub use scope::{Scope, ShardOf};
pub use style::{ColourChoice, Look, Style, Tone};
pub use sync::sync;
pub use text::{Details, Progress, Text, TextOptions, failure};
pub use timeline::{Parting, parting, timeline};
pub use vendor::Vendor;
