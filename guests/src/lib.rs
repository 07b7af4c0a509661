//! What runs inside a virtual machine: small programs in text assembly, assembled with iced-x86 into an image that
//! starts directly in real, protected or long mode, and the ABI by which such a guest leaves a trace.
//!
//! Start reading at [`Program`] (what a case says), [`build()`] (how it becomes a [`Guest`]) and [`abi`] (how the guest
//! tells what it saw). Nothing here knows of KVM, of cases' files or of verdicts.

pub mod abi;
pub mod asm;
pub mod boot;
mod guest;
mod hypervisor;
pub mod map;
mod mode;
mod outline;
mod program;
mod site;
pub mod suggest;
pub mod vector;

mod build;

pub use build::{Problem, build};
pub use guest::{Guest, Line, Segment, StartState, Table};
pub use hypervisor::Hypervisor;
pub use mode::Mode;
pub use outline::{How, Outline, Spot, Statement, WrittenMark, WrittenRaise};
pub use program::{Boot, Gate, L2Boot, PageFlaw, Program, RaiseBy, Section, SectionName, Wiring};
pub use site::{Call, Exit, Site, Word};
