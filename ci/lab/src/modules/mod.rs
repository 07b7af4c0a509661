//! Builds modules of KVM with patches, for Debian's kernels.
//!
//! [`Patch`] is a change, [`Sources`] is KVM's source with patches applied, [`Builder`] builds modules from it and makes a [`Kernel`]
//! that boots them in place of Debian's.
//!
//! [`Kernel`]: crate::kernel::Kernel

mod builder;
mod error;
mod header;
mod patch;
mod sandbox;
mod sources;

pub use builder::{Builder, NEEDS};
pub use error::ModulesError;
pub use header::BadHeader;
pub use patch::{Patch, hash, patch_files};
pub use sources::Sources;
