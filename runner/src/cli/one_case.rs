//! The flags of commands that show one case in one mode over one path.

use clap::Args;
use guests::Mode;

use super::cases::{self, CasesArg};
use super::failure::Failure;
use super::values::{modes, paths};
use crate::case::{Case, Library};
use crate::terms::Path;

#[derive(Debug, Args)]
pub(super) struct OneCaseArgs {
    /// Id of the case, such as `blocking/second-nmi-waits-for-iret`
    pub(super) case: String,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Mode of the guest [default: the last one the case names]
    #[arg(long, value_parser = modes())]
    pub(super) mode: Option<Mode>,
    /// Path by which NMIs are raised [default: the first one the case names]
    #[arg(long, value_parser = paths())]
    pub(super) path: Option<Path>,
}

impl OneCaseArgs {
    /// Loads the suite; problems of other cases do not stop it.
    pub(super) fn library(&self) -> Result<Library, Failure> {
        let wanted = cases::id(&self.case);
        cases::library_for(&self.from, Some(&|case| case == wanted))
    }

    /// The case with the mode and the path. Errors: there is no such case, or it does not run with them.
    pub(super) fn choose<'a>(&self, library: &'a Library) -> Result<(&'a Case, Mode, Path), Failure> {
        let case = cases::find(library, &self.case)?;
        let mode = choose("mode", self.mode, &case.modes, case.modes.last())?;
        Ok((case, mode, choose("path", self.path, &case.paths, case.paths.first())?))
    }
}

fn choose<T: Copy + PartialEq + std::fmt::Display>(
    what: &'static str,
    asked: Option<T>,
    known: &[T],
    default: Option<&T>,
) -> Result<T, Failure> {
    let chosen = asked.or(default.copied()).filter(|chosen| known.contains(chosen));
    chosen.ok_or_else(|| Failure::NotRunWith { what, known: known.iter().map(ToString::to_string).collect() })
}
