//! Debian's archive through a private configuration of apt: nothing on this machine changes.

mod apt;
mod release;

pub use apt::{Archive, NEEDS};
pub use release::Release;
