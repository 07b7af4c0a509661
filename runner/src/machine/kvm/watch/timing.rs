//! How long a machine waits for its guest before it decides that it halted or hangs.

use std::time::Duration;

/// How long a machine waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How much processor time a run may use without an exit before it counts as hung; more on slow emulators.
    pub limit: Duration,
    /// Ten times the interval at which the watching thread looks at a run. Longer where KVM itself is slow, so that the looks
    /// take only a small part of the time.
    pub tick: Duration,
    /// How long a processor must sleep to count as halted for good.
    pub settle: Duration,
}

/// After this many times its limit, a run that neither sleeps nor used up its processor time has not been given enough of it to
/// be judged.
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

    /// The same, lengthened for a host on which a tick must take at least so long.
    pub(crate) fn at_least(self, tick: Duration) -> Self {
        Self { limit: self.limit.max(tick * 4), tick: self.tick.max(tick), settle: self.settle.max(tick / 4) }
    }
}

/// The wall-clock time after which a run counts as starved of processor time.
pub(crate) fn starved_after(timing: Timing) -> Duration {
    timing.limit.max(Duration::from_millis(500)) * STARVED
}
