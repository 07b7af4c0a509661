//! Cases: their types, and how files become them.

mod expect;
mod types;

pub use expect::{End, Expect, FrameWant, MarkWant, NameAt, StackSegment, ViewWant};
pub use types::{Case, HostStep, Moment, StepKind};
