//! Intel's virtual-machine extensions: VMXON to VMRESUME, L2, VM exits (Intel SDM vol. 3, chapters 23 to 27).
//!
//! There is one VMCS, kept in the processor. Not implemented, since no guest of this suite needs it: EPT, I/O bitmaps, SMM,
//! tasks, and checks of the state of L2 that have nothing to do with NMIs. A case that needs more is trouble that names what is
//! missing.

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
