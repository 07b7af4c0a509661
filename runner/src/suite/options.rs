use std::time::Duration;

/// What the user may set about machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// So much processor time without an exit, and a guest on KVM is said to hang.
    pub time_limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { time_limit: Duration::from_secs(1) }
    }
}
