//! What the model does not know.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::printable::Texts;

/// What a guest asked of the model that it does not know, or that no manual says: never a verdict.
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
    /// An access to memory where nothing is.
    #[error("access to guest-physical address {address:#x}")]
    Memory {
        /// The guest-physical address.
        address: u64,
    },
    /// An OUT to a port that nothing listens to.
    #[error("OUT to port {port:#x} at {address:#x}")]
    Port {
        /// The port.
        port: u16,
        /// The instruction's linear address.
        address: u64,
    },
    /// A mode of the processor, or a way into one.
    #[error("{0}")]
    Mode(UnmodelledMode),
    /// VMPTRLD of a VMCS that was not cleared right before.
    #[error("VMPTRLD of a VMCS that was not cleared just before")]
    Vmptrld,
    /// A region of VMX that does not begin with the revision identifier.
    #[error("the VMX region at {address:#x}")]
    Region {
        /// Its guest-physical address.
        address: u64,
    },
    /// A field of the VMCS that guests never write.
    #[error("the field {field} of the VMCS")]
    Field {
        /// Its encoding or its name.
        field: String,
    },
    /// A field of the VMCS that was read before it was written.
    #[error("the field {field} of the VMCS")]
    Unwritten {
        /// Its encoding or its name.
        field: String,
    },
    /// Controls of VMX, or a field of the VMCS, with a value that guests never give it.
    #[error("the VMCS with {field} {value:#x}")]
    Value {
        /// The name of the control or the field.
        field: String,
        /// The value.
        value: u64,
    },
}

/// Modes and ways into them that the model does not know.
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

impl Texts for Unmodelled {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Unmodelled::Instruction { instruction: text, address: _ }
            | Unmodelled::Field { field: text }
            | Unmodelled::Unwritten { field: text }
            | Unmodelled::Value { field: text, value: _ } => change(text),
            Unmodelled::Memory { address: _ }
            | Unmodelled::Port { port: _, address: _ }
            | Unmodelled::Mode(_)
            | Unmodelled::Vmptrld
            | Unmodelled::Region { address: _ } => {}
        }
    }
}
