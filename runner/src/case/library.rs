use guests::Mode;

use super::deviations::Deviation;
use super::diagnostics::Diagnostics;
use super::errata::Erratum;
use super::rules::Rules;
use super::{Case, Site};
use crate::terms::Path;

/// A loaded suite.
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
    /// Whether it has every case that the rules and deviations were written for.
    pub whole: bool,
    /// Ids of cases that were not needed and could not be loaded.
    pub passed_over: Vec<String>,
}

impl Library {
    /// The known deviations of a trial of `case` on a machine with the properties `site`.
    pub fn deviations_of(&self, case: &str, site: &Site, mode: Mode, path: Path) -> Vec<&Deviation> {
        self.deviations.iter().filter(|entry| entry.applies(case, site, mode, path)).collect()
    }
}

/// A loaded suite, and the problems of cases that were not needed.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The suite without those cases.
    pub library: Library,
    /// The problems of the cases that were left out.
    pub aside: Diagnostics,
}
