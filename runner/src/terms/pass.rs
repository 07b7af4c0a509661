use super::words;

/// One way of observing a case; the guest's trace must be the same in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// Snaps exit, and the host looks where the case expects a view.
    Plain,
    /// The same again from reset: must agree with the first.
    Again,
    /// Snaps exit, the host does not look.
    Blind,
    /// Snaps where the host has nothing to do become marks: no exit.
    Silent,
    /// The host looks at every exit.
    Peek,
    /// Everything is saved and restored into a fresh virtual machine at every snap.
    Migrate,
}

words!(Pass {
    Plain = "plain",
    Again = "again",
    Blind = "blind",
    Silent = "silent",
    Peek = "peek",
    Migrate = "migrate",
});
