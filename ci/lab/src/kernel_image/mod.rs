//! From a bzImage to the kernel as it lies in memory, so that an emulator need not run the kernel's own decompressor.
//!
//! The format is in the kernel's Documentation/arch/x86/boot.rst; names of fields are that page's.

mod elf;
mod error;
mod flat;
mod header;
mod payload;
mod signature;
mod store;
mod uncompressed;

pub use error::Error;
pub use flat::{Flat, flatten};
pub use header::SetupHeader;
pub use signature::unsigned;
pub use uncompressed::uncompressed;
