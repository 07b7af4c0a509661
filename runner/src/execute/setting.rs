use std::sync::Arc;

use guests::Guest;

use crate::case::Case;
use crate::terms::Path;

/// What runs: one case, built for one mode and path.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Case that is run.
    pub case: &'a Case,
    /// Its guest, built for the mode and the path.
    pub guest: &'a Arc<Guest>,
    /// How NMIs are raised.
    pub path: Path,
}
