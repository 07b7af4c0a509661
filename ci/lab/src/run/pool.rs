//! Runs jobs in parallel and calls a listener at each change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::incomplete::Incomplete;
use super::{Collected, Job, Journal, Lab, RunId, ShardHandle};
use crate::Failure;

/// The state of the run of a target on a kernel.
#[derive(Clone, Debug)]
pub struct State {
    /// Its results so far.
    pub collected: Collected,
    /// The time since the start of its first boot.
    pub took: Duration,
    /// The time from there to the end of its first trial.
    pub first: Option<Duration>,
}

/// Is called while jobs run; from several threads, one at a time.
pub trait Listener: Sync {
    /// A target's share changed.
    fn changed(&self, id: &RunId, state: &State);
    /// All of a target on a kernel is done.
    fn finished(&self, id: &RunId, state: &State);
}

struct Entry {
    state: State,
    open: usize,
    started: Option<Instant>,
}

/// Runs jobs, `workers` at a time, and calls the listener. A job that cannot run does not stop the others. `journal` makes the
/// journal of a run's shard, given as number and count. Errors: Ctrl-C.
pub fn run_all(
    lab: &Lab<'_>,
    jobs: &[Job<'_>],
    workers: usize,
    journal: &dyn Fn(&RunId, (usize, usize)) -> Journal,
    listener: &dyn Listener,
) -> Result<(), Failure> {
    let runs = Runs { entries: Mutex::new(entries(jobs, journal)), listener };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    runs.run(lab, job);
                }
            });
        }
    });
    if lab.stop.load(Ordering::Relaxed) { Err(Failure::Interrupted) } else { Ok(()) }
}

fn entries(jobs: &[Job<'_>], journal: &dyn Fn(&RunId, (usize, usize)) -> Journal) -> BTreeMap<RunId, Entry> {
    let mut entries = BTreeMap::new();
    for job in jobs {
        for id in job.ids() {
            let entry = entries.entry(id.clone()).or_insert_with(|| {
                let shards = job.shard.1;
                let collected = Collected::of((1..=shards).map(|shard| journal(&id, (shard, shards))));
                let state = State { collected, took: Duration::ZERO, first: None };
                Entry { state, open: 0, started: None }
            });
            entry.open += 1;
        }
    }
    entries
}

/// The runs, shared by all workers.
struct Runs<'a> {
    entries: Mutex<BTreeMap<RunId, Entry>>,
    listener: &'a dyn Listener,
}

impl Runs<'_> {
    fn run(&self, lab: &Lab<'_>, job: &Job<'_>) {
        let ids = job.ids();
        let shares: Vec<ShardHandle> = ids.iter().map(|id| self.share(id, job.shard.0)).collect();
        let changed = |number: usize| self.update(ids.get(number), false);
        let done = match lab.stop.load(Ordering::Relaxed) {
            true => Err(Failure::Interrupted),
            false => lab.run(job, &shares, &changed),
        };
        if let Err(failure) = done {
            let failure = Arc::new(failure);
            for share in &shares {
                share.with(|part| {
                    if !part.ended {
                        part.missing.get_or_insert_with(|| Incomplete::Trouble(Arc::clone(&failure)));
                    }
                });
            }
        }
        ids.iter().for_each(|id| self.update(Some(id), true));
    }

    fn share(&self, id: &RunId, shard: usize) -> ShardHandle {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = entries.get_mut(id) else { return ShardHandle::default() };
        entry.started.get_or_insert_with(Instant::now);
        entry.state.collected.share(shard)
    }

    fn update(&self, id: Option<&RunId>, closed: bool) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((id, entry)) = id.and_then(|id| Some((id, entries.get_mut(id)?))) else { return };
        entry.state.took = entry.started.map_or(Duration::ZERO, |started| started.elapsed());
        if entry.state.collected.finished() > 0 {
            entry.state.first.get_or_insert(entry.state.took);
        }
        entry.open -= usize::from(closed);
        match entry.open {
            0 if closed => self.listener.finished(id, &entry.state),
            _ => self.listener.changed(id, &entry.state),
        }
    }
}
