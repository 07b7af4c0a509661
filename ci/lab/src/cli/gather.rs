//! Runs jobs for commands that compare runs with each other and save none.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use reports::SavedRun;

use super::progress::part_file;
use crate::Failure;
use crate::run::{Incomplete, Job, Journal, Lab, Listener, RunId, State, run_all};

/// The run of each target by its name, and why trials of it are missing.
pub(super) type Told = BTreeMap<String, (SavedRun, Option<Incomplete>)>;

/// Runs the jobs, with their journals in a folder of the cache, and calls `say` with each finished run. Errors: trouble on this host, or
/// Ctrl-C.
pub(super) fn gather(
    lab: &Lab<'_>,
    jobs: &[Job<'_>],
    workers: usize,
    folder: &str,
    say: fn(&RunId, &State, &SavedRun),
) -> Result<Told, Failure> {
    let folder = lab.cache.folder(folder)?;
    let journal = |id: &RunId, shard| Journal::new(part_file(&folder, id, shard));
    let gathered = Gathered { told: Mutex::default(), say };
    run_all(lab, jobs, workers, &journal, &gathered)?;
    Ok(gathered.told.into_inner().unwrap_or_else(PoisonError::into_inner))
}

struct Gathered {
    told: Mutex<Told>,
    say: fn(&RunId, &State, &SavedRun),
}

impl Listener for Gathered {
    fn changed(&self, _: &RunId, _: &State) {}

    fn finished(&self, id: &RunId, state: &State) {
        let run = state.collected.joined(0).unwrap_or_default();
        (self.say)(id, state, &run);
        state.collected.remove_journals();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(id.target.clone(), (run, state.collected.missing()));
    }
}
