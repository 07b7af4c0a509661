//! Emulators built from Debian's sources and the patches in `ci/lab/qemu` and `ci/lab/bochs`.

mod build;
mod recipe;

pub use build::BuildError;
pub use recipe::Recipe;
