use std::fmt;

/// A run's target and kernel, shown as `amd-vnmi@6.12.117`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId {
    /// The target's name.
    pub target: String,
    /// The kernel's label; `own` for this host's.
    pub kernel: String,
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.target, self.kernel)
    }
}
