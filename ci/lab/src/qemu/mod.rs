//! QEMU with AMD's NMI virtualization: Debian's source and the patches in `ci/lab/qemu`.

mod build;
mod patches;

pub use build::{BINARY, BuildError, build, find, missing_packages};
pub use patches::{patched_qemu_key, patches_hash};
