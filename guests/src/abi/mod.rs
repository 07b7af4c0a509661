//! The trace ABI: the pseudo-instructions a case writes, the routines they call, and the records these leave.
//!
//! [`pseudo`] expands the words, [`routines`] holds the text of what they call, [`code`] that text assembled,
//! [`vmcb`] and [`vmcs`] expand the words for a guest hypervisor's VMCB and VMCS, whose bits have names by way of [`parts`]; [`vmx`] holds
//! the text of what a hypervisor on Intel's processors needs,
//! [`layout`] is the record's layout that
//! the routines and [`decode_ring`] share, [`icr`] how a guest speaks to its local APIC, [`mod@constants`] the names that
//! text assembly may use.

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

pub use record::{FrameKind, Record, decode_ring};

pub(crate) use code::AbiCode;
pub(crate) use constants::constants;
pub(crate) use pseudo::{Expanded, Expander, frame};
pub(crate) use routines::{OTHER, SENDER, default_handler};
pub(crate) use vmx::START as VMX_START;
