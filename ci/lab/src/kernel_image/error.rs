//! Errors of taking a bzImage apart.

use std::io;

/// Why a file is not a kernel that can be laid out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too short, or without the header's magic.
    #[error("this is not a bzImage: {0}; give the file called vmlinuz of a kernel package")]
    NotABzImage(&'static str),
    /// The setup header is older than what is used of it.
    #[error("the bzImage speaks boot protocol {major}.{minor:02}, and 2.12 is the first with a 64-bit entry point")]
    OldProtocol {
        /// Version before the dot.
        major: u8,
        /// Version after the dot.
        minor: u8,
    },
    /// The kernel was built for 32 bits, or without an entry point for 64-bit loaders.
    #[error("the bzImage has no 64-bit entry point; take a kernel for amd64")]
    Not64Bit,
    /// The file ends within the compressed kernel.
    #[error("the bzImage ends at byte {have}, and its payload would end at byte {need}; fetch the kernel again")]
    Truncated {
        /// Bytes in the file.
        have: usize,
        /// Bytes that the header promises.
        need: usize,
    },
    /// No decompressor here for these first bytes.
    #[error("the kernel is compressed with {0}, which is not known here; xz and zstd are")]
    Compression(String),
    /// The payload does not decompress.
    #[error("failed to decompress the kernel ({method}): {source}; fetch the kernel again")]
    Decompress {
        /// xz or zstd.
        method: &'static str,
        /// What the decompressor says.
        source: io::Error,
    },
    /// The payload's length is not the one that its last four bytes tell.
    #[error("the kernel decompresses to {have} bytes, and the bzImage says {want}; fetch the kernel again")]
    Length {
        /// Bytes that came out.
        have: usize,
        /// Bytes promised.
        want: u32,
    },
    /// The decompressed kernel is not the ELF file that it should be.
    #[error("the decompressed kernel is not an ELF file for x86-64: {0}")]
    Elf(&'static str),
}
