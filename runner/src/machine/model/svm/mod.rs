//! AMD's secure virtual machine: VMRUN, L2, #VMEXIT (AMD APM vol. 2, chapter 15 "Secure Virtual Machine").
//!
//! Not implemented, since no guest of this suite needs it: nested paging, I/O and MSR intercepts, VMLOAD and VMSAVE.

mod boundary;
mod enter;
mod events;
mod exit;
mod instructions;
mod leave;
mod state;
#[cfg(test)]
mod tests;
mod vmcb;

pub(crate) use leave::Leave;
pub(crate) use state::{Guest, Svm};
