//! A run: executes trials and reports them in the order of the plan.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use reports::{Event, Kicks, Kind, Reporter, RunFacts, Summary, Trial};

use super::conduct::{Conduct, Listener, Stopped};
use super::filter::Filter;
use super::guests_cache::GuestCache;
use super::kicks::kicks;
use super::machines::{MachineSpec, Slot};
use super::plan::{Planned, plan};
use super::repeat::{is_cut_short, repeated};
use super::run_one::run_one;
use super::stale::Stale;
use super::workers::side_by_side;
use crate::case::{Library, Site};

/// Runs the trials; reports each as it starts, and their ends in the order of the plan.
///
/// Errors: the reporter failed.
pub fn run(
    library: &Library,
    slots: &mut [Slot],
    trials: &[Planned<'_>],
    facts: RunFacts,
    reporter: &mut dyn Reporter,
    conduct: &Conduct<'_>,
) -> Result<Summary, Stopped> {
    let started = Instant::now();
    tell(reporter, &Event::RunStarted(facts))?;
    let whole = trials.len() == plan(&library.cases, slots, &Filter::default()).len();
    let sites: Vec<Site> = slots.iter().map(|slot| slot.site.clone()).collect();
    let (summary, stale) = (Summary::default(), Stale::default());
    let mut tally = Tally { library, trials, sites, reporter, interrupted: conduct.interrupted, summary, stale };
    if conduct.jobs.get() == 1 {
        one_by_one(library, slots, trials, conduct.interrupted, &mut tally)?;
    } else {
        side_by_side(library, trials, conduct, &mut tally)?;
    }
    let Tally { reporter, mut summary, stale, .. } = tally;
    summary.interrupted |= summary.counts.values().sum::<usize>() < trials.len();
    if library.whole && whole && !summary.interrupted {
        summary.stale = stale.entries(library);
        summary.kicks = late_nmis(slots);
    }
    summary.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tell(reporter, &Event::RunFinished(summary.clone()))?;
    Ok(summary)
}

/// How many NMIs come late on KVM. `None` if KVM does not run, if it is in trouble, or if the host has only one processor, on
/// which the receiver of an NMI never runs while it is sent.
fn late_nmis(slots: &mut [Slot]) -> Option<Kicks> {
    let several = thread::available_parallelism().is_ok_and(|processors| processors.get() > 1);
    let kvm = slots.iter_mut().find(|slot| several && slot.name == MachineSpec::Kvm.to_string())?;
    kicks(kvm.machine.as_mut().ok()?.as_mut()).ok()?
}

fn tell(reporter: &mut dyn Reporter, event: &Event) -> Result<(), Stopped> {
    reporter.take(event).map_err(|source| Stopped { source })
}

fn one_by_one(
    library: &Library,
    slots: &mut [Slot],
    trials: &[Planned<'_>],
    interrupted: &AtomicBool,
    listener: &mut dyn Listener,
) -> Result<(), Stopped> {
    let guests = GuestCache::default();
    for (number, planned) in trials.iter().enumerate() {
        if !listener.goes_on() {
            return Ok(());
        }
        listener.starts(planned)?;
        let slot = &mut slots[planned.slot];
        let trial = repeated(planned.times, interrupted, || run_one(library, slot, planned, &guests));
        listener.ended(number, trial)?;
    }
    Ok(())
}

/// Counts and reports what happens.
struct Tally<'a> {
    library: &'a Library,
    trials: &'a [Planned<'a>],
    /// By slot, what known deviations are matched by.
    sites: Vec<Site>,
    reporter: &'a mut dyn Reporter,
    interrupted: &'a AtomicBool,
    summary: Summary,
    stale: Stale,
}

impl Listener for Tally<'_> {
    fn goes_on(&self) -> bool {
        !self.interrupted.load(Ordering::Relaxed)
    }

    fn starts(&mut self, trial: &Planned<'_>) -> Result<(), Stopped> {
        tell(self.reporter, &Event::TrialStarted { id: trial.id.clone() })
    }

    fn ended(&mut self, number: usize, trial: Trial) -> Result<(), Stopped> {
        let planned = &self.trials[number];
        let kind = trial.outcome.kind();
        self.summary.interrupted |= is_cut_short(&trial, planned.times);
        self.stale.see(self.library, &self.sites[planned.slot], planned, &trial.outcome);
        *self.summary.counts.entry(kind.name().to_owned()).or_default() += 1;
        self.summary.executed += usize::from(!matches!(kind, Kind::Skipped | Kind::Error));
        tell(self.reporter, &Event::TrialFinished(Box::new(trial)))
    }
}
