use std::time::Duration;

/// How long a machine waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a processor may run without an exit before it counts as hung; more on slow emulators.
    pub limit: Duration,
    /// How long a trial runs before the machine looks for the first time whether it is halted. The machine uses a
    /// longer time where KVM itself is slow, so that a tick does not fall into ordinary trials.
    pub tick: Duration,
    /// How long a processor must stay halted, after it was first seen so, to count as halted for good.
    pub settle: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { limit: Duration::from_secs(1), tick: Duration::from_millis(5), settle: Duration::from_millis(3) }
    }
}

impl Timing {
    /// No shorter than what fits this host.
    pub(super) fn at_least(self, tick: Duration) -> Self {
        let slower = |time: Duration, least: Duration| time.max(least);
        Self {
            limit: slower(self.limit, tick * 4),
            tick: slower(self.tick, tick),
            settle: slower(self.settle, tick / 2),
        }
    }
}
