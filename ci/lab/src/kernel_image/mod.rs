//! Decompresses and lays out the kernel of a bzImage, so that an emulator need not run the kernel's own decompressor.
//!
//! The format is in the kernel's Documentation/arch/x86/boot.rst; names of fields are that page's.

mod elf;
mod error;
mod flat;
mod header;
mod payload;
mod pvh;
mod signature;

pub use error::Error;
pub use flat::{Flat, vmlinux};
pub use header::SetupHeader;
pub use pvh::has_pvh_entry;
pub use signature::unsigned;
