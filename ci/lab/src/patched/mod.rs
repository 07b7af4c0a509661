//! Emulators built from Debian's sources and the patches in `ci/lab/qemu` and `ci/lab/bochs`.

mod build;
mod error;
mod recipe;

pub use error::BuildError;
pub use recipe::Recipe;
