use std::io;

use crate::hardware::BadText;

/// Why Bochs cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Kernel and initramfs do not fit.
    #[error("kernel and initramfs need {need} MiB, and the guest has {have}; give it more memory")]
    Memory {
        /// What they take, in MiB.
        need: u64,
        /// The guest's memory, in MiB.
        have: u64,
    },
    /// The kernel was linked for an address to which the ROM cannot bring it.
    #[error("the kernel lies at {0:#x}, and only 16 MiB and above in steps of 128 KiB can be served")]
    Address(u64),
    /// A path or name that a bochsrc cannot carry.
    #[error("`{0}` has a character that a bochsrc cannot carry; use another name")]
    Name(String),
    /// The ROM's text is wrong, which is a mistake in this program.
    #[error("failed to assemble the boot ROM: {0}")]
    Assembly(#[from] BadText),
    /// An operation on a file that the system refused; the message names both.
    #[error(transparent)]
    Io(#[from] io::Error),
}
