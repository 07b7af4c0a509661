use std::time::Duration;

/// What the user can set about machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How much processor time a guest on KVM may use without an exit before it counts as hung.
    pub time_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(1) }
    }
}
