//! The passes of a trial.

use serde::{Deserialize, Serialize};

use crate::words;

words! {
    /// One way of observing a case; the guest's trace must be the same in all of them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Pass {
        /// Snaps exit, and the host looks where the case expects a view.
        Plain = "plain",
        /// The plain pass again from reset, which must agree with the first.
        Again = "again",
        /// Snaps exit, the host does not look.
        Blind = "blind",
        /// Snaps where the host has nothing to do become marks: no exit.
        Silent = "silent",
        /// The host looks at every exit.
        Peek = "peek",
        /// Everything is saved and restored into a fresh virtual machine at every snap.
        Migrate = "migrate",
    }
}
