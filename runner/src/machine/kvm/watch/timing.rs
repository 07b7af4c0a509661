//! How long a machine waits for what its guest does.

use std::time::Duration;

/// How long a machine waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How much processor time a run may use without an exit before it counts as hung; more on slow emulators.
    pub limit: Duration,
    /// Ten times as long as it takes from one look at a run to the next. Longer where KVM itself is slow, so that the looks take
    /// no more than a small part of the time.
    pub tick: Duration,
    /// How long a processor must sleep to count as halted for good.
    pub settle: Duration,
}

/// A run that is neither asleep nor out of its processor time after so many times its limit was not given any.
const STARVED: u32 = 120;

impl Default for Timing {
    fn default() -> Self {
        Self { limit: Duration::from_secs(1), tick: Duration::from_millis(10), settle: Duration::from_millis(3) }
    }
}

impl Timing {
    /// The time from one look at a run to the next.
    pub(crate) fn look(self) -> Duration {
        self.tick / 10
    }

    /// No shorter than what fits this host.
    pub(crate) fn at_least(self, tick: Duration) -> Self {
        let slower = |time: Duration, least: Duration| time.max(least);
        Self {
            limit: slower(self.limit, tick * 4),
            tick: slower(self.tick, tick),
            settle: slower(self.settle, tick / 4),
        }
    }
}

/// How long a run may take however little it is given.
pub(crate) fn starved_after(timing: Timing) -> Duration {
    timing.limit.max(Duration::from_millis(500)) * STARVED
}
