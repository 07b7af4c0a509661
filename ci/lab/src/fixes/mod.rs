//! Patches of KVM for its findings, and the proof that a patch is right: the finding's deviations are gone and no other trial changed.

mod fix;
mod proof;

pub use fix::{Fix, read_all};
pub use proof::Proof;
