/// Trouble with the harness or with KVM: never a verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}{}: {likely}", errno.map(|code| format!(" failed with errno {code}")).unwrap_or_default())]
pub struct Trouble {
    /// The ioctl's name, or what was tried.
    pub what: String,
    /// The error number, if the kernel gave one.
    pub errno: Option<i32>,
    /// The likely cause and what to do next, a lowercase fragment.
    pub likely: String,
}

/// Error numbers of a device that is not there or not for this user: EPERM, ENOENT, ENXIO, EACCES, ENODEV.
const ABSENT: [i32; 5] = [1, 2, 6, 13, 19];

impl Trouble {
    /// Whether it says that a device is missing or forbidden, which skips trials; all other trouble is an error.
    pub fn is_absence(&self) -> bool {
        self.what.contains("/dev/") && self.errno.is_some_and(|code| ABSENT.contains(&code))
    }

    /// Trouble without an error number.
    pub fn new(what: impl Into<String>, likely: impl Into<String>) -> Self {
        Self { what: what.into(), errno: None, likely: likely.into() }
    }
}
