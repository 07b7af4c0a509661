//! Debian's archive through a private configuration of apt: nothing on this machine changes.

mod apt;
mod build_root;
mod release;

pub use apt::{Archive, NEEDS};
pub use build_root::BuildPackages;
pub use release::Release;
