//! What went wrong in a trial, as a value. The judge makes it; known deviations, baselines and comparisons look at its fields;
//! only this folder turns it into text.

mod at;
mod cannot;
mod errno;
mod exit_kind;
mod field;
mod harness;
mod lack;
mod model_lack;
mod moment;
mod refused;
mod returned;
mod sentences;
mod symptom;
#[cfg(test)]
mod tests;
mod trouble;
mod unmodelled;

pub use at::At;
pub use cannot::{Cannot, NoMemory, NoRaise};
pub use errno::errno;
pub use exit_kind::ExitKind;
pub use field::{Difference, Field, Value};
pub use harness::{Harness, HostAct, NoTurn};
pub use lack::{BareLack, Capability, KvmLack, Lack, NestedFeature};
pub use model_lack::ModelLack;
pub use moment::{Moment, Place, Record};
pub use refused::{DeviceOwner, forbidden};
pub use returned::Returned;
pub use symptom::Symptom;
pub use trouble::{NoEntry, Trouble};
pub use unmodelled::{Unmodelled, UnmodelledMode};

use serde::{Deserialize, Serialize};

/// What went wrong, one of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Something else came than was expected. Of two passes, `want` is what the plain one showed.
    Sequence {
        /// What was expected.
        want: Moment,
        /// What came.
        got: Moment,
    },
    /// What the host saw at a snap, or at the `end`.
    View {
        /// The snap.
        at: String,
        /// The fields that differ, at least one.
        differing: Vec<Difference>,
    },
    /// The interrupt frame that a mark kept.
    Frame {
        /// The mark, and where it is not the first of that name, which: `nmi#2`.
        at: String,
        /// The fields that differ, at least one.
        differing: Vec<Difference>,
    },
    /// What an exit left in the VMCB, as a mark kept it.
    Exit {
        /// The mark, as of a frame.
        at: String,
        /// The fields that differ, at least one.
        differing: Vec<Difference>,
    },
    /// The processor's state at a mark.
    Mark {
        /// The mark, as of a frame.
        at: String,
        /// The fields that differ, at least one.
        differing: Vec<Difference>,
    },
    /// A trace that the case allows occurs on none of the ways through what the manuals leave open.
    NoWay {
        /// The names of its marks and snaps, in order.
        trace: Vec<String>,
    },
    /// The host's kernel reported a fault of its own.
    KernelWarning {
        /// What the kernel said, without what differs from one run to the next.
        report: String,
    },
    /// The host died.
    HostDied(HostEnd),
    /// The harness or KVM failed.
    Trouble(Trouble),
    /// A known deviation did not show.
    Absent {
        /// Id of its entry.
        id: String,
    },
}

/// How a host ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostEnd {
    /// It hung without a message.
    Hung,
    /// It panicked, with the kernel's last message.
    Panicked(String),
    /// It was reset; its console was not recorded.
    Reset,
}

impl Finding {
    /// A finding that something else came than was expected.
    pub fn sequence(want: Moment, got: Moment) -> Finding {
        Finding::Sequence { want, got }
    }
}
