use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use guests::{Guest, Mode, RaiseBy};

use crate::case::{Case, depends_on_vendor, wiring};
use crate::machine::{Harness, Trouble};
use crate::terms::{Path, Vendor};

/// Guests that were built already, shared by all threads: trials whose guests do not differ use one image.
#[derive(Debug, Default)]
pub struct GuestCache {
    built: Mutex<HashMap<Key, Arc<Slot>>>,
}

/// A guest, or why it cannot be built; empty until the first thread has built it.
type Slot = OnceLock<Result<Arc<Guest>, Trouble>>;

/// Everything that two guests of a suite can differ in.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    case: String,
    mode: Mode,
    raise: RaiseBy,
    sender: bool,
    /// `None` if the guest uses no constants that depend on the vendor.
    vendor: Option<Vendor>,
}

impl GuestCache {
    /// The case's guest for a mode, a path and a vendor.
    ///
    /// Errors: it cannot be built, which loading the case should have reported with file and line.
    pub fn get(&self, case: &Case, mode: Mode, path: Path, vendor: Vendor) -> Result<Arc<Guest>, Trouble> {
        let wiring = wiring(case, path, vendor);
        let key = Key {
            case: case.id.clone(),
            mode,
            raise: wiring.raise,
            sender: wiring.sender,
            vendor: depends_on_vendor(case).then_some(vendor),
        };
        let build = || match guests::build(&case.program, mode, &wiring) {
            Ok(guest) => Ok(Arc::new(guest)),
            Err(problems) => Err(not_built(format!("the guest of {}", case.id), &problems)),
        };
        // The map is not locked while a guest is built, so that threads build different ones side by side.
        let slot = Arc::clone(self.built.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        slot.get_or_init(build).clone()
    }
}

/// Trouble with a guest that is not built, by the first of its problems.
pub(crate) fn not_built(guest: impl Into<String>, problems: &[guests::Problem]) -> Trouble {
    let error = problems.first().map(ToString::to_string).unwrap_or_default();
    Harness::Build { guest: guest.into(), error }.into()
}
