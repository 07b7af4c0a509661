//! Trials side by side: most of a trial that halts is waiting, which others can use.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use reports::Trial;

use super::guests_cache::GuestCache;
use super::plan::Planned;
use super::repeat::repeated;
use super::run::{Conduct, Stopped, run_one};
use crate::case::Library;
use crate::host::Splat;

/// What the name of a worker's thread, and so of every thread that its machine starts, begins with.
const NAME: &str = "nmi-";

/// How many trials run side by side if nobody says: some processors wait while others compute.
pub fn usual_jobs() -> NonZeroUsize {
    const PER_PROCESSOR: usize = 2;
    const MOST: usize = 16;
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    NonZeroUsize::new((processors * PER_PROCESSOR).min(MOST)).unwrap_or(NonZeroUsize::MIN)
}

/// Whether the kernel's report of a fault came out of another worker's trial: all of them read the same log, and the report
/// names the thread that ran. One that names no worker's thread may be anybody's.
pub(super) fn is_anothers(splat: &Splat) -> bool {
    let ran = splat.threads().find_map(|thread| worker_of(thread));
    ran.is_some_and(|worker| thread::current().name() != Some(worker))
}

/// The worker that a thread with this name belongs to.
fn worker_of(thread: &str) -> Option<&str> {
    let worker = thread.split_once(':').map_or(thread, |(worker, _)| worker);
    worker.strip_prefix(NAME).is_some_and(|number| number.parse::<usize>().is_ok()).then_some(worker)
}

/// How far trials may run ahead of the first one that has not ended, as a multiple of the workers: a run that is cut off names
/// as many that may have been running.
const AHEAD: usize = 2;

/// What the run does as trials start and end.
pub(super) trait Listener {
    /// Whether another trial may start.
    fn goes_on(&self) -> bool;

    /// A trial is about to start.
    fn starts(&mut self, trial: &Planned<'_>) -> Result<(), Stopped>;

    /// A trial has ended; called in the order of the plan.
    fn ended(&mut self, number: usize, trial: Trial) -> Result<(), Stopped>;
}

/// How a worker's trial ended; none if its thread panicked.
type Ended = (usize, usize, Option<Trial>);

/// Runs the trials on so many workers, each with machines of its own.
///
/// Errors: the listener's; trials that run are waited for, and not told.
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
                // Fewer do as well.
                Err(_) if !inboxes.is_empty() => break,
                Err(source) => return Err(Stopped { source }),
            }
        }
        drop(report);
        give_out(trials, &inboxes, &ended, listener)
    })
}

/// Gives each worker that has nothing to do the next trial, and passes on what ended in the order of the plan.
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
            // Its thread ends only after its inbox has gone, or by a panic, which is told below.
            let _ = inboxes[worker].send(next);
            next += 1;
        }
        if idle.len() == inboxes.len() {
            return Ok(());
        }
        // Without a trial the worker panicked: the scope passes that on.
        let Ok((worker, number, Some(trial))) = ended.recv() else { return Ok(()) };
        idle.push(worker);
        waiting.insert(number, trial);
        while let Some(trial) = waiting.remove(&told) {
            listener.ended(told, trial)?;
            told += 1;
        }
    }
}

/// Reports a worker's trial, also if its thread panics.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn splat(lines: &[&str]) -> Splat {
        Splat { lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn a_report_that_names_a_workers_thread_is_that_workers() {
        let old = splat(&[
            "WARNING: CPU: 0 PID: 71 at x86.c:12 run+0x5/0x6 [kvm]",
            "CPU: 0 PID: 71 Comm: nmi-3 Not tainted 6.1",
        ]);
        let new = splat(&["WARNING: x86.c:12 at run+0x5/0x6 [kvm], CPU#1: nmi-3:second/71"]);
        let other = splat(&["WARNING: x86.c:12 at run+0x5/0x6 [kvm], CPU#1: kworker/0:1/71"]);
        for (name, anothers) in [("nmi-3", [false, false, false]), ("nmi-4", [true, true, false])] {
            let told = [old.clone(), new.clone(), other.clone()];
            let thread = thread::Builder::new().name(name.to_owned());
            let seen = thread.spawn(move || told.map(|splat| is_anothers(&splat))).expect("a thread").join();
            assert_eq!(seen.expect("no panic"), anothers, "{name}");
        }
    }

    #[test]
    fn only_a_workers_own_threads_are_its() {
        assert_eq!(worker_of("nmi-3"), Some("nmi-3"));
        assert_eq!(worker_of("nmi-12:second"), Some("nmi-12"));
        for other in ["nmi", "nmi-", "nmi-x", "main:watch", "kworker/0:1"] {
            assert_eq!(worker_of(other), None, "{other}");
        }
    }
}
