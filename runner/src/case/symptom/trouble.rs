//! Patterns for trouble.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::moment::{first, is_first};
use super::{Any, Glob, Range};

/// A pattern for trouble, by its cause. Other trouble cannot be expected.
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
    /// An access to guest-physical memory that is not mapped.
    Memory {
        /// Whether it reads or writes.
        access: Any<Access>,
        /// The guest-physical address; any if left out.
        #[serde(default, skip_serializing_if = "Any::is_any")]
        address: Any<Range>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// An OUT to a port that the suite does not use.
    Out {
        /// The port.
        port: Any<u16>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// An IN, which the suite's guests do not use.
    In {
        /// The port.
        port: Any<u16>,
        /// The processor; the first one if left out.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        processor: Any<u8>,
    },
    /// The sender used a port that the suite does not expect of it.
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
