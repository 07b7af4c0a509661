use serde::{Deserialize, Serialize};

/// Where a processor stood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The processor.
    pub cpu: u8,
    /// RIP. None: it could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rip: Option<u64>,
    /// The bytes of the instruction there; empty outside guest memory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bytes: Vec<u8>,
    /// The instruction in assembly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instruction: String,
}
