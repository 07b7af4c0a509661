//! The initramfs of one boot.

use std::path::Path;

use super::{Archive, Binaries, Cases};
use crate::Failure;
use crate::kernel::Module;
use crate::plan::{self, Plan};

/// Writes the initramfs of one boot. Errors: a file cannot be read or written.
pub fn initramfs(
    to: &Path,
    binaries: &Binaries,
    modules: &[Module],
    cases: &[&Cases],
    plan: &Plan,
) -> Result<(), Failure> {
    let mut archive = Archive::new()?;
    for (name, file) in [("init", &binaries.init), ("nmi", &binaries.nmi)] {
        archive.program(name, file)?;
    }
    archive.modules(modules)?;
    cases.iter().try_for_each(|cases| cases.pack(&mut archive))?;
    let text = serde_json::to_vec(plan).map_err(|error| Failure::trouble("write the plan", error))?;
    archive.file(plan::FILE.trim_start_matches('/'), &text)?;
    archive.store(to)
}
