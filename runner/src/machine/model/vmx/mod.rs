//! Intel's virtual-machine extensions: VMXON to VMRESUME, L2, VM exits (Intel SDM vol. 3, chapters 23 to 27).
//!
//! One VMCS, kept in the processor. Left out, for no guest of this suite needs it: EPT, I/O bitmaps, SMM, tasks, and the checks of the
//! state of L2 that have nothing to do with NMIs. What a case asks for beyond that is trouble that names it.

mod boundary;
mod check;
mod enter;
mod events;
mod exit;
mod fields;
mod instructions;
mod msr;
mod state;
#[cfg(test)]
mod tests;
mod vm_exit;

pub(crate) use state::Vmx;
pub(crate) use vm_exit::VmExit;
