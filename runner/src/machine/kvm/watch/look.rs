//! What the watching thread knows of a processor's run, updated at each look.

use std::time::{Duration, Instant};

use super::timing::{Timing, starved_after};
use super::watched::{Decision, Watched};

/// The most processor time that counts for one look, as a multiple of the interval between looks. If more has passed, the host
/// was suspended, or is itself a guest that was not scheduled.
const MOST_PER_LOOK: u32 = 8;

/// What the watching thread knows of a processor's run.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) run: u64,
    began: Option<Instant>,
    /// The thread's processor time at the last look.
    clock: Duration,
    /// Processor time of the run since it was first seen.
    given: Duration,
    /// Since when it sleeps, and how long it had slept at the last look.
    asleep: Option<Instant>,
    slept: Duration,
}

impl Seen {
    /// Looks at a processor; false if it is not in a run, or in another run than at the last look.
    pub(super) fn look(&mut self, watched: &Watched, timing: Timing) -> bool {
        let at = Instant::now();
        let run = watched.run();
        let task = watched.task();
        let known = run != 0 && run == self.run;
        if !known {
            *self = Seen { run, began: Some(at), ..Seen::default() };
            if run != 0 {
                self.clock = task.processor_time();
            }
            watched.set_asleep(0);
            return false;
        }
        let now = task.processor_time();
        let ran = now.saturating_sub(self.clock);
        self.clock = now;
        self.given += ran.min(timing.look() * MOST_PER_LOOK);
        if !ran.is_zero() || !watched.waits(task) {
            self.asleep = None;
        } else if self.asleep.is_none() {
            self.asleep = Some(at);
        }
        self.slept = self.asleep.map_or(Duration::ZERO, |since| at.saturating_duration_since(since));
        watched.set_asleep(if self.has_slept(timing.settle) { run } else { 0 });
        true
    }

    /// Whether it slept at the last look.
    pub(super) fn sleeps(&self) -> bool {
        self.asleep.is_some()
    }

    /// Counts sleep from now on.
    pub(super) fn forget_sleep(&mut self) {
        self.asleep = None;
    }

    /// Whether it sleeps, and had for so long at the last look.
    pub(super) fn has_slept(&self, time: Duration) -> bool {
        self.asleep.is_some() && self.slept >= time
    }

    /// The decision on a run that has taken too long, if it has.
    pub(super) fn late(&self, timing: Timing) -> Option<Decision> {
        let took = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        if self.given > timing.limit {
            return Some(Decision::Spent);
        }
        (took > starved_after(timing)).then_some(Decision::Starved { given: self.given, took })
    }
}
