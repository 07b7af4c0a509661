use std::collections::HashMap;
use std::sync::Arc;

use guests::{Guest, Mode};

use crate::case::{Case, wiring};
use crate::machine::Trouble;
use crate::terms::{Path, Vendor};

/// Guests that were built already: trials that differ in nothing the guest can tell share one image.
#[derive(Debug, Default)]
pub struct GuestCache {
    built: HashMap<Key, Arc<Guest>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    case: String,
    mode: Mode,
    path: Path,
    vendor: Vendor,
}

impl GuestCache {
    /// The case's guest for a mode, a path and a vendor.
    ///
    /// Errors: it cannot be built, which loading the case would have told with file and line.
    pub fn get(&mut self, case: &Case, mode: Mode, path: Path, vendor: Vendor) -> Result<Arc<Guest>, Trouble> {
        // The paths on which the host raises differ in nothing that the guest contains, but for the built-in sender.
        let path = match path {
            Path::None | Path::Events | Path::Msi | Path::IoApic => Path::Ioctl,
            other => other,
        };
        let key = Key { case: case.id.clone(), mode, path, vendor };
        if let Some(guest) = self.built.get(&key) {
            return Ok(Arc::clone(guest));
        }
        let guest = guests::build(&case.program, mode, &wiring(case, path, vendor)).map_err(|problems| {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Trouble::new(format!("building the guest of {}", case.id), format!("{first}; load the case to see where"))
        })?;
        let guest = Arc::new(guest);
        self.built.insert(key, Arc::clone(&guest));
        Ok(guest)
    }
}
