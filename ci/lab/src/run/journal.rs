use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use reports::{Event, Json, Reporter};

use crate::Failure;

/// The events of a shard as they come in: a saved run of its own, so that nothing that finished is lost when the lab ends
/// early. `nmi merge` joins those of one run.
pub struct Journal {
    path: PathBuf,
    file: Mutex<Option<Json<fs::File>>>,
}

impl Journal {
    /// A journal in this file, which is created with the first event.
    pub fn new(path: PathBuf) -> Journal {
        Journal { path, file: Mutex::new(None) }
    }

    /// Writes an event. Errors: it cannot be written.
    pub fn take(&self, event: &Event) -> Result<(), Failure> {
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if file.is_none() {
            *file = Some(Json::file(&self.path)?);
        }
        file.as_mut().map_or(Ok(()), |file| Ok(file.take(event)?))
    }

    /// Removes it, once the run is saved.
    pub fn remove(&self) {
        // It may never have been made.
        let _ = fs::remove_file(&self.path);
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Journal").field(&self.path).finish()
    }
}
