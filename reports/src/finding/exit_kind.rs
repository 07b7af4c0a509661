//! Why a machine stopped running.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The reason of an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitKind {
    /// The guest executed a `snap` and is about to go on behind it.
    Snap,
    /// The guest asks for this many NMIs at once.
    Raise(u8),
    /// The guest asks for one NMI once it has halted.
    Arm,
    /// The guest asks for an external interrupt.
    Irq,
    /// Every processor of the case is done.
    Done,
    /// An exception that no handler of the case took: vector, error code and frame are at RSP, one slot each.
    Fault,
    /// Before the instruction at this address.
    Breakpoint(u64),
    /// Halted, and nothing is armed that would wake it.
    Halted,
    /// Halted although an event is due: only a signal that interrupted KVM_RUN woke it.
    WakeLost,
    /// It reached the limit of processor time without an exit.
    Hang,
    /// Triple fault.
    Shutdown,
}

impl fmt::Display for ExitKind {
    /// Completes `it ended with ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ExitKind::Snap => "`snap`",
            ExitKind::Raise(count) => return write!(f, "`raise {count}`"),
            ExitKind::Arm => "`arm`",
            ExitKind::Irq => "`irq`",
            ExitKind::Done => "`done`",
            ExitKind::Fault => "an unexpected exception",
            ExitKind::Breakpoint(address) => return write!(f, "a breakpoint at {address:#x}"),
            ExitKind::Halted => "a halt",
            ExitKind::WakeLost => "a halt whose wake-up was lost",
            ExitKind::Hang => "a hang",
            ExitKind::Shutdown => "a shutdown",
        })
    }
}
