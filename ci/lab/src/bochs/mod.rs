//! Debian's kernels on Bochs, started without a disc, a boot loader or the kernel's own decompressor.
//!
//! [`prepare`] lays kernel and initramfs out in one image of the guest's memory ([`memory`]), which Bochs reads before
//! it starts, and writes an option ROM ([`rom`]) that Bochs' BIOS calls after it has written its ACPI tables. The ROM enters the
//! kernel by the 64-bit boot protocol.

mod config;
mod error;
mod machine;
mod memory;
mod recipe;
mod rom;
mod start;

pub use error::Error;
pub use machine::{Build, Machine};
pub(crate) use recipe::FIRMWARE;
pub use recipe::RECIPE;
pub use start::{CONSOLE, RESULTS, prepare, prepare_bare};
