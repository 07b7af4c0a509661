//! Compiles the programs that show findings.

use std::path::{Path, PathBuf};
use std::process::Command;

use runner::case::Library;
use runner::reproduce::{self as text, Form, Reproduction};
use runner::suite::GuestCache;

use super::{Chosen, NoProgram};
use crate::target::Machine;
use crate::{Failure, program as programs};

impl Program {
    /// The file's name.
    pub fn name(&self) -> String {
        self.file.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The flags that the comment in the program names.
const FLAGS: [&str; 4] = ["-O2", "-Wall", "-Wextra", "-static"];

/// A compiled program.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it is made of.
    pub chosen: Chosen,
    /// Its file.
    pub file: PathBuf,
}

/// Writes the program's text and compiles it, into a file of this name in `folder`.
///
/// Errors: the case does not exist or cannot be written as a program, or does not compile.
pub fn compile(
    library: &Library,
    machine: &Machine,
    chosen: Chosen,
    folder: &Path,
    name: &str,
) -> Result<Program, Failure> {
    let wrong = |why: NoProgram| Failure::Reproducer { case: chosen.what.case.clone(), why };
    let case = library.cases.iter().find(|case| case.id == chosen.what.case);
    let case = case.ok_or_else(|| wrong(NoProgram::Case))?;
    let vendor = machine.module.vendor();
    let mode = chosen.what.mode.or(case.modes.last().copied());
    let path = chosen.what.path.or(case.paths.first().copied());
    let (Some(mode), Some(path)) = (mode, path) else { return Err(wrong(NoProgram::Setting)) };
    let guest = GuestCache::default()
        .get(case, mode, path, vendor)
        .map_err(|trouble| wrong(NoProgram::Guest(Box::new(trouble))))?;
    let pass = chosen.what.pass;
    let form = Form::C;
    let of = Reproduction { case, guest: &guest, rules: &library.rules, path, pass, vendor, form };
    let text = text::program(&of).map_err(|unable| wrong(unable.into()))?;
    let file = folder.join(name);
    let source = file.with_extension("c");
    fs_err::write(&source, text)?;
    programs::output(Command::new("cc").args(FLAGS).arg("-o").arg(&file).arg(&source), "install gcc and libc6-dev")?;
    Ok(Program { chosen, file })
}
