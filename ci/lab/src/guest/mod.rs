//! What is put into the lab's guests: an initramfs with the first process, the suite's program, its cases, KVM's modules, and
//! the user's cases.

mod archive;
mod binaries;
mod cases;
mod initramfs;

pub use archive::Archive;
pub use binaries::Binaries;
pub use cases::Cases;
pub use initramfs::{initramfs, plan};
