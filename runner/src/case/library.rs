use guests::Mode;

use super::deviations::Deviation;
use super::diagnostics::Diagnostics;
use super::errata::Erratum;
use super::rules::Rules;
use super::{Case, Site};
use crate::terms::Path;

/// What the files say.
#[derive(Clone, Debug)]
pub struct Library {
    /// The cases, by id.
    pub cases: Vec<Case>,
    /// Rules of all files.
    pub rules: Rules,
    /// The known deviations.
    pub deviations: Vec<Deviation>,
    /// Known errata of processors.
    pub errata: Vec<Erratum>,
    /// Whether every case is there that the rules and deviations were written for.
    pub whole: bool,
    /// Ids of cases that nobody asked for and that could not be loaded.
    pub passed_over: Vec<String>,
}

impl Library {
    /// What the known deviations say of a trial of `case` there.
    pub fn deviations_of(&self, case: &str, site: &Site, mode: Mode, path: Path) -> Vec<&Deviation> {
        self.deviations.iter().filter(|entry| entry.applies(case, site, mode, path)).collect()
    }
}

/// What was loaded, and what is wrong with files that nobody asked for.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the other files say.
    pub library: Library,
    /// What is wrong with the cases that were left out.
    pub aside: Diagnostics,
}
