//! What is put into the lab's guests: an initramfs with the first process, the suite's program, its cases, KVM's modules, and
//! cases of one's own.

mod binaries;
mod cases;
mod initramfs;

pub use binaries::Binaries;
pub use cases::{Cases, SUITE};
pub(crate) use initramfs::guest_file;
pub use initramfs::{Archive, initramfs};
