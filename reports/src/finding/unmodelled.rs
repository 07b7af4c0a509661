//! What the model does not implement.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Something that a guest did and the model does not implement, or no manual defines: never a verdict.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmodelled {
    /// An instruction.
    #[error("the instruction `{instruction}` at {address:#x}")]
    Instruction {
        /// In assembly.
        instruction: String,
        /// Its linear address.
        address: u64,
    },
    /// An access to unmapped memory.
    #[error("access to guest-physical address {address:#x}")]
    Memory {
        /// The guest-physical address.
        address: u64,
    },
    /// An OUT to an unused port.
    #[error("OUT to port {port:#x} at {address:#x}")]
    Port {
        /// The port.
        port: u16,
        /// The instruction's linear address.
        address: u64,
    },
    /// A mode of the processor, or a transition into one.
    #[error("{0}")]
    Mode(UnmodelledMode),
    /// VMPTRLD of a VMCS that was not cleared just before.
    #[error("VMPTRLD of a VMCS that was not cleared just before")]
    Vmptrld,
    /// A VMX region that does not begin with the revision identifier.
    #[error("the VMX region at {address:#x}")]
    Region {
        /// Its guest-physical address.
        address: u64,
    },
    /// A field of the VMCS that guests never write.
    #[error("the field `{field}` of the VMCS")]
    Field {
        /// Its encoding in hexadecimal.
        field: String,
    },
    /// A field of the VMCS that was read before it was written.
    #[error("the field `{field}` of the VMCS")]
    Unwritten {
        /// Its name, or its encoding in hexadecimal.
        field: String,
    },
    /// A field of the VMCS with a value that guests never give it.
    #[error("the VMCS with `{field}` {value:#x}")]
    Value {
        /// The field's name.
        field: String,
        /// What the guest wrote.
        value: u64,
    },
}

/// Modes and transitions that the model does not implement.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnmodelledMode {
    /// Virtual-8086 mode.
    #[error("IRET to virtual-8086 mode")]
    Virtual8086,
    /// IRET with NT set.
    #[error("IRET to a nested task's caller")]
    NestedTask,
    /// A gate that leads to a task.
    #[error("a task gate")]
    TaskGate,
    /// PAE paging.
    #[error("PAE paging")]
    Pae,
    /// A far transfer to something else than a code segment.
    #[error("a far transfer through a gate")]
    Gate,
    /// System-management mode in VMX operation.
    #[error("an SMI in VMX operation")]
    SmiInVmx,
}

impl Unmodelled {
    /// The likely cause and what to do next, a lowercase fragment.
    pub(super) fn likely(&self) -> &'static str {
        match self {
            Unmodelled::Memory { .. } => "nothing is mapped there; correct the guest's address or its page tables",
            Unmodelled::Port { .. } => "nothing listens there; use the ports of the trace ABI",
            Unmodelled::Region { .. } => "its first double word is not the VMCS revision identifier; write that first",
            Unmodelled::Unwritten { .. } => "it was not written since VMCLEAR; write it first",
            _ => "the model does not know it; write the case without it or teach it to the model",
        }
    }
}
