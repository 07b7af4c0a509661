//! What is put into the lab's guests: an initramfs with the first process, the suite, and KVM's modules.

mod binaries;
mod initramfs;

pub use binaries::Binaries;
pub(crate) use initramfs::guest_file;
pub use initramfs::{Archive, initramfs};
