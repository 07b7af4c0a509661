//! Patches of KVM for its findings, and what shows that a patch is right: the finding's deviations are gone and no other trial changed.

mod error;
mod fix;
mod proof;

pub use error::FixError;
pub use fix::{Fix, read_all};
pub use proof::Proof;
