//! Trouble by its cause.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::errno::{EACCES, ENODEV, ENOENT, ENXIO, EPERM};
use super::{At, Cannot, DeviceOwner, Harness, Unmodelled, UnmodelledMode};

/// Trouble with the harness or with KVM, by its cause: never a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// A device that is missing or forbidden.
    NoDevice {
        /// Its path.
        device: String,
        /// The error number.
        errno: i32,
        /// Who owns it, where it is forbidden and that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<DeviceOwner>,
    },
    /// The kernel refused a call.
    Refused {
        /// The ioctl's name, or the call's.
        call: String,
        /// The error number.
        errno: i32,
    },
    /// KVM_EXIT_INTERNAL_ERROR.
    InternalError {
        /// Where the processor stood.
        at: At,
        /// KVM's suberror.
        suberror: u32,
        /// Its further data.
        data: Vec<u64>,
    },
    /// KVM_EXIT_FAIL_ENTRY.
    FailEntry {
        /// Where the processor stood.
        at: At,
        /// The hardware's reason.
        reason: u64,
    },
    /// An access to unmapped physical memory.
    Memory {
        /// Where the processor stood.
        at: At,
        /// Whether it was a write.
        write: bool,
        /// The guest-physical address.
        address: u64,
        /// The end of guest memory.
        end: u64,
    },
    /// An OUT to an unused port.
    Out {
        /// Where the processor stood.
        at: At,
        /// The port.
        port: u16,
        /// The byte that was written.
        value: u8,
    },
    /// An IN from an unused port.
    In {
        /// Where the processor stood.
        at: At,
        /// The port.
        port: u16,
    },
    /// The sender, a program of the suite's own, used an unexpected port.
    SenderPort {
        /// The port.
        port: u16,
    },
    /// A VM entry is refused because of events that were written: the model's counterpart of KVM_EXIT_FAIL_ENTRY.
    EntryRefused {
        /// Which events.
        with: NoEntry,
    },
    /// The hunt's process ended during the trial, and the host lived on: it was killed.
    HuntEnded,
    /// What could not be done on KVM.
    Cannot(Cannot),
    /// What the model does not know.
    Unmodelled(Unmodelled),
    /// Trouble of the suite itself.
    Harness(Harness),
}

/// Events with which a VM entry fails: completes `the VM entry with ...`.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoEntry {
    /// The shadow of STI with RFLAGS.IF clear.
    #[error("the shadow of STI with RFLAGS.IF clear")]
    StiShadowWithoutInterrupts,
    /// An injected NMI while NMIs are blocked.
    #[error("an injected NMI while NMIs are blocked")]
    InjectedWhileBlocked,
    /// An injected NMI in an interrupt shadow.
    #[error("an injected NMI in an interrupt shadow")]
    InjectedInShadow,
}

/// Error numbers of a device that is not there or not for this user.
const ABSENT: [i32; 5] = [EPERM, ENOENT, ENXIO, EACCES, ENODEV];

impl Trouble {
    /// Whether a device is missing or forbidden, which skips trials; all other trouble is an error.
    pub fn is_absence(&self) -> bool {
        matches!(self, Trouble::NoDevice { errno, .. } if ABSENT.contains(errno))
    }

    /// The error number, if the kernel gave one.
    pub fn errno(&self) -> Option<i32> {
        match self {
            Trouble::NoDevice { errno, .. } | Trouble::Refused { errno, .. } => Some(*errno),
            _ => None,
        }
    }
}

impl From<Cannot> for Trouble {
    fn from(cannot: Cannot) -> Self {
        Self::Cannot(cannot)
    }
}

impl From<Unmodelled> for Trouble {
    fn from(unmodelled: Unmodelled) -> Self {
        Self::Unmodelled(unmodelled)
    }
}

impl From<UnmodelledMode> for Trouble {
    fn from(mode: UnmodelledMode) -> Self {
        Self::Unmodelled(Unmodelled::Mode(mode))
    }
}

impl From<Harness> for Trouble {
    fn from(harness: Harness) -> Self {
        Self::Harness(harness)
    }
}

impl std::error::Error for Trouble {}
