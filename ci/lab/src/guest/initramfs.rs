//! The initramfs of one boot, and the plan in it.

use std::path::Path;

use super::archive::{Archive, guest_file};
use super::cases::Cases;
use crate::boot::RESULTS;
use crate::kernel::Module;
use crate::plan::{self, Plan, Round};
use crate::{Attempt, Failure};

/// Writes the initramfs of one boot, with these programs at its root. Errors: a file cannot be read or written.
pub fn initramfs(
    to: &Path,
    programs: &[(&str, &Path)],
    modules: &[Module],
    cases: Option<&Cases>,
    plan: &Plan,
) -> Result<(), Failure> {
    let mut archive = Archive::new()?;
    programs.iter().try_for_each(|(name, file)| archive.program(name, file))?;
    archive.modules(modules)?;
    cases.map_or(Ok(()), |cases| cases.pack(&mut archive))?;
    let text = serde_json::to_vec(plan).map_err(|error| Failure::trouble(Attempt::WritePlan, error))?;
    archive.file(plan::FILE.trim_start_matches('/'), &text)?;
    archive.store(to)
}

/// The plan of a boot that loads these modules, of which the vendor's is the last, and runs these rounds.
pub fn plan(modules: &[Module], rounds: Vec<Round>) -> Plan {
    let mut files: Vec<String> = modules.iter().map(|module| guest_file(&module.name)).collect();
    let name = modules.last().map(|module| module.name.replace('-', "_")).unwrap_or_default();
    let kvm = (files.pop().unwrap_or_default(), name);
    Plan { results: RESULTS.to_owned(), modules: files, kvm, rounds, link: None, crashes: Vec::new() }
}
