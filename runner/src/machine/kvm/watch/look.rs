//! What the watching thread sees of a processor's run, look by look.

use std::time::{Duration, Instant};

use super::timing::{Timing, starved_after};
use super::watched::{Decision, Watched};

/// Processor time that counts for one look, as a multiple of the time between two. More passed unseen: this machine was
/// stopped, or is itself a guest that was not given its processor.
const MOST_PER_LOOK: u32 = 8;

/// What the watching thread keeps in mind of a processor's run.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) run: u64,
    began: Option<Instant>,
    /// The thread's processor time at the last look.
    clock: Duration,
    /// What the run was given since it was first seen.
    given: Duration,
    /// Since when it sleeps, and for how long by the last look: what passes between that and the decision counts for nothing.
    asleep: Option<Instant>,
    slept: Duration,
}

impl Seen {
    /// Looks at a processor; false if no run is under way, or it was not there at the last look.
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

    /// From here on only sleep that comes later counts.
    pub(super) fn forget_sleep(&mut self) {
        self.asleep = None;
    }

    /// Whether it sleeps, and had for so long at the last look.
    pub(super) fn has_slept(&self, time: Duration) -> bool {
        self.asleep.is_some() && self.slept >= time
    }

    /// What is decided of a run that takes too long.
    pub(super) fn late(&self, timing: Timing) -> Option<Decision> {
        let took = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        if self.given > timing.limit {
            return Some(Decision::Spent);
        }
        (took > starved_after(timing)).then_some(Decision::Starved { given: self.given, took })
    }
}
