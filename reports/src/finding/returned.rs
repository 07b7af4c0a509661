//! Why KVM_RUN returned.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why KVM_RUN returned.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Returned {
    /// KVM_EXIT_IO: an OUT.
    Out {
        /// The port.
        port: u16,
        /// The first byte that was written.
        value: u8,
    },
    /// KVM_EXIT_IO: an IN.
    In {
        /// The port.
        port: u16,
    },
    /// KVM_EXIT_MMIO: an access outside every slot and device.
    Mmio {
        /// The guest-physical address.
        address: u64,
        /// Whether it was a write.
        write: bool,
    },
    /// KVM_EXIT_DEBUG.
    Debug {
        /// The linear RIP.
        rip: u64,
        /// What DR6 would hold.
        dr6: u64,
    },
    /// KVM_EXIT_HLT.
    Halt,
    /// KVM_EXIT_SHUTDOWN.
    Shutdown,
    /// KVM_EXIT_INTERNAL_ERROR.
    InternalError {
        /// KVM's suberror.
        suberror: u32,
        /// Its further data.
        data: Vec<u64>,
    },
    /// KVM_EXIT_FAIL_ENTRY.
    FailEntry {
        /// The hardware's reason.
        reason: u64,
    },
    /// A signal came, or `immediate_exit` was set.
    Signal,
    /// Another exit.
    Other {
        /// The field `exit_reason` of `struct kvm_run`.
        exit_reason: u32,
    },
}

/// KVM's names for exits on x86, by `exit_reason` (include/uapi/linux/kvm.h).
const NAMES: [(u32, &str); 27] = [
    (0, "UNKNOWN"),
    (1, "EXCEPTION"),
    (2, "IO"),
    (3, "HYPERCALL"),
    (4, "DEBUG"),
    (5, "HLT"),
    (6, "MMIO"),
    (7, "IRQ_WINDOW_OPEN"),
    (8, "SHUTDOWN"),
    (9, "FAIL_ENTRY"),
    (10, "INTR"),
    (11, "SET_TPR"),
    (12, "TPR_ACCESS"),
    (16, "NMI"),
    (17, "INTERNAL_ERROR"),
    (24, "SYSTEM_EVENT"),
    (26, "IOAPIC_EOI"),
    (27, "HYPERV"),
    (29, "X86_RDMSR"),
    (30, "X86_WRMSR"),
    (31, "DIRTY_RING_FULL"),
    (32, "AP_RESET_HOLD"),
    (33, "X86_BUS_LOCK"),
    (34, "XEN"),
    (37, "NOTIFY"),
    (39, "MEMORY_FAULT"),
    (40, "TDX"),
];

impl fmt::Display for Returned {
    /// KVM's name for it, and what it told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Returned::Out { port, value } => write!(f, "KVM_EXIT_IO, an OUT of {value:#x} to port {port:X}h"),
            Returned::In { port } => write!(f, "KVM_EXIT_IO, an IN from port {port:X}h"),
            Returned::Mmio { address, write } => {
                write!(f, "KVM_EXIT_MMIO, a {} of {address:#x}", if *write { "write" } else { "read" })
            }
            Returned::Debug { rip, dr6 } => write!(f, "KVM_EXIT_DEBUG, RIP {rip:#x}, DR6 {dr6:#x}"),
            Returned::Halt => f.write_str("KVM_EXIT_HLT"),
            Returned::Shutdown => f.write_str("KVM_EXIT_SHUTDOWN"),
            Returned::InternalError { suberror, .. } => write!(f, "KVM_EXIT_INTERNAL_ERROR, suberror {suberror}"),
            Returned::FailEntry { reason } => write!(f, "KVM_EXIT_FAIL_ENTRY, hardware reason {reason:#x}"),
            Returned::Signal => f.write_str("EINTR"),
            Returned::Other { exit_reason } => match NAMES.iter().find(|(number, _)| number == exit_reason) {
                Some((_, name)) => write!(f, "KVM_EXIT_{name}"),
                None => write!(f, "exit reason {exit_reason}"),
            },
        }
    }
}
