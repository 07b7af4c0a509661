//! Modules of KVM with changes of one's own, for Debian's own kernels.
//!
//! [`Patch`] is a change, [`Sources`] is KVM's source with patches in it, [`Builder`] makes modules of that and a [`Kernel`] that boots
//! them in place of Debian's.
//!
//! [`Kernel`]: crate::kernel::Kernel

mod builder;
mod error;
mod patch;
mod sandbox;
mod sources;

pub use builder::{Builder, NEEDS};
pub use error::ModulesError;
pub use patch::{Patch, hash};
pub use sources::Sources;
