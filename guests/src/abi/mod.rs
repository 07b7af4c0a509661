//! The trace ABI: the pseudo-instructions a case writes, the routines they call, and the records these leave.
//!
//! [`pseudo`] expands the words; [`vmcb`] and [`vmcs`] those for a guest hypervisor's VMCB and VMCS, with [`parts`] for what both
//! share, and [`word_error`] says what is wrong with their operands. [`routines`] holds the text of the routines that the words
//! call, [`vmx`] that of the start of a hypervisor on Intel's processors, and [`code`] assembles both. [`layout`] is the layout
//! of a record, which the routines and [`decode_ring`] share, [`icr`] holds the code that accesses the local APIC, and
//! [`mod@constants`] the names that text assembly may use.

mod code;
mod constants;
mod icr;
pub mod layout;
mod parts;
mod pseudo;
mod record;
#[cfg(test)]
mod routine_tests;
mod routines;
mod vmcb;
mod vmcs;
mod vmx;
mod word_error;

pub use record::{FrameKind, Record, decode_ring};

pub(crate) use code::{AbiCode, AbiPart};
pub(crate) use constants::constants;
pub(crate) use pseudo::{Expanded, Expander, frame, mark_operands, raise_count};
pub(crate) use routines::{OTHER, SENDER, default_handler};
pub(crate) use vmx::START as VMX_START;
