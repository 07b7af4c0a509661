//! Trouble, as files of deviations write it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment::{first, is_first};
use super::{Any, Glob, Range};

/// Trouble by its cause. What has no cause that a machine can name is never expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Trouble"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TroublePattern {
    /// The kernel refused a call.
    Refused {
        /// The ioctl's name.
        call: Glob,
        /// The error number; any if left out.
        #[serde(default, skip_serializing_if = "Any::is_any")]
        errno: Any<i32>,
    },
    /// KVM_EXIT_INTERNAL_ERROR.
    InternalError {
        /// Its suberror.
        suberror: Any<u32>,
        /// The instruction's bytes: `CD 02`; any if left out.
        #[serde(default, skip_serializing_if = "Any::is_any")]
        bytes: Any<String>,
        /// The first of its data; anything if left out.
        #[serde(default, skip_serializing_if = "Any::is_any")]
        data: Any<Range>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// KVM_EXIT_FAIL_ENTRY.
    FailEntry {
        /// The hardware's reason.
        reason: Any<u64>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// An access to physical memory where nothing is.
    Memory {
        /// Which.
        access: Any<Access>,
        /// The guest-physical address; any if left out.
        #[serde(default, skip_serializing_if = "Any::is_any")]
        address: Any<Range>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// An OUT to a port that nothing listens to.
    Out {
        /// The port.
        port: Any<u16>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// An IN from a port where nothing is.
    In {
        /// The port.
        port: Any<u16>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// The sender, a program of the suite's own, used a port that it does not know.
    SenderPort {
        /// The port.
        port: Any<u16>,
    },
}

/// A way to access memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// A load.
    Read,
    /// A store.
    Write,
}
