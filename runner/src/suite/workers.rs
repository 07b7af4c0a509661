//! Runs trials on several workers at the same time: a trial that halts mostly waits.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use reports::Trial;

use super::conduct::{Conduct, Listener, Stopped};
use super::guests_cache::GuestCache;
use super::plan::Planned;
use super::repeat::repeated;
use super::run_one::run_one;
use super::worker_name::NAME;
use crate::case::Library;

/// How many trials run at the same time by default: two for each processor, since many of them wait.
pub fn usual_jobs() -> NonZeroUsize {
    const PER_PROCESSOR: usize = 2;
    const MOST: usize = 16;
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new((processors * PER_PROCESSOR).min(MOST)).unwrap_or(NonZeroUsize::MIN)
}

/// How far trials may run ahead of the first one that has not ended, as a multiple of the workers: a run that is cut off must
/// name all those as possibly running.
const AHEAD: usize = 2;

/// A worker, the number of its trial, and the trial; `None` if the thread panicked.
type Ended = (usize, usize, Option<Trial>);

/// Runs the trials on several workers, each with machines of its own.
///
/// Errors: those of the listener. Trials that are running then are waited for and not reported.
pub(super) fn side_by_side(
    library: &Library,
    trials: &[Planned<'_>],
    conduct: &Conduct<'_>,
    listener: &mut dyn Listener,
) -> Result<(), Stopped> {
    let guests = GuestCache::default();
    thread::scope(|scope| {
        let (report, ended) = mpsc::channel::<Ended>();
        let mut inboxes: Vec<Sender<usize>> = Vec::new();
        for worker in 0..conduct.jobs.get().min(trials.len()) {
            let (inbox, orders) = mpsc::channel();
            let (report, guests) = (report.clone(), &guests);
            let started = thread::Builder::new().name(format!("{NAME}{worker}")).spawn_scoped(scope, move || {
                work(library, trials, conduct, guests, &orders, &Report { worker, to: report, trial: None.into() });
            });
            match started {
                Ok(_) => inboxes.push(inbox),
                // Go on with fewer workers.
                Err(_) if !inboxes.is_empty() => break,
                Err(source) => return Err(Stopped { source }),
            }
        }
        drop(report);
        give_out(trials, &inboxes, &ended, listener)
    })
}

/// Gives the next trial to each idle worker, and passes on the trials that ended in the order of the plan.
fn give_out(
    trials: &[Planned<'_>],
    inboxes: &[Sender<usize>],
    ended: &Receiver<Ended>,
    listener: &mut dyn Listener,
) -> Result<(), Stopped> {
    let mut idle: Vec<usize> = (0..inboxes.len()).rev().collect();
    let mut waiting: BTreeMap<usize, Trial> = BTreeMap::new();
    let (mut next, mut told) = (0, 0);
    loop {
        while next < trials.len()
            && next < told + inboxes.len() * AHEAD
            && listener.goes_on()
            && let Some(worker) = idle.pop()
        {
            listener.starts(&trials[next])?;
            // The thread ends only when its inbox is dropped, or by a panic, which is handled below.
            let _ = inboxes[worker].send(next);
            next += 1;
        }
        if idle.len() == inboxes.len() {
            return Ok(());
        }
        // Without a trial the worker panicked, which the scope passes on.
        let Ok((worker, number, Some(trial))) = ended.recv() else { return Ok(()) };
        idle.push(worker);
        waiting.insert(number, trial);
        while let Some(trial) = waiting.remove(&told) {
            listener.ended(told, trial)?;
            told += 1;
        }
    }
}

/// Sends the end of a worker's trial, also if its thread panics.
struct Report {
    worker: usize,
    to: Sender<Ended>,
    /// The trial that runs.
    trial: std::cell::Cell<Option<usize>>,
}

impl Report {
    fn send(&self, number: usize, trial: Option<Trial>) -> bool {
        self.to.send((self.worker, number, trial)).is_ok()
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        if let Some(number) = self.trial.get() {
            self.send(number, None);
        }
    }
}

fn work(
    library: &Library,
    trials: &[Planned<'_>],
    conduct: &Conduct<'_>,
    guests: &GuestCache,
    orders: &Receiver<usize>,
    report: &Report,
) {
    let mut slots = None;
    while let Ok(number) = orders.recv() {
        report.trial.set(Some(number));
        let planned = &trials[number];
        let slots = slots.get_or_insert_with(conduct.open);
        let slot = &mut slots[planned.slot];
        let trial = repeated(planned.times, conduct.interrupted, || run_one(library, slot, planned, guests));
        report.trial.set(None);
        if !report.send(number, Some(trial)) {
            return;
        }
    }
}
