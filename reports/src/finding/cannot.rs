//! Operations that failed on a machine for other reasons than that KVM refused a call.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{At, ExitKind, Returned, errno};

/// An operation that failed on a machine for another reason than that KVM refused a call: never a verdict.
#[derive(Clone, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cannot {
    /// KVM's API is of another version.
    #[error("KVM_GET_API_VERSION")]
    UseApi {
        /// What KVM_GET_API_VERSION says.
        version: i32,
    },
    /// KVM lacks what all trials need: this capability.
    #[error("{capability}")]
    DoWithout {
        /// Its name in the API document.
        capability: String,
    },
    /// A virtual machine was not created because signals kept coming.
    #[error("KVM_CREATE_VM")]
    CreateVm,
    /// Guest memory could not be mapped.
    #[error("mapping guest memory")]
    MapMemory {
        /// Why not.
        why: NoMemory,
    },
    /// The range is outside guest memory.
    #[error("access to guest memory at {address:#x}, {length} bytes")]
    AccessMemory {
        /// The guest-physical address.
        address: u64,
        /// How many bytes.
        length: usize,
        /// The end of guest memory.
        end: u64,
    },
    /// A thread was not started.
    #[error("starting a thread")]
    StartThread {
        /// The error number.
        errno: i32,
    },
    /// A file of a thread in /proc could not be read.
    #[error("{file}")]
    SeeThread {
        /// The file.
        file: String,
        /// The error number.
        errno: i32,
    },
    /// A guest has more processors than the machine, or none.
    #[error("loading a guest of {count} processors")]
    LoadProcessors {
        /// How many.
        count: usize,
    },
    /// KVM_SET_MSRS refused a value that a processor held.
    #[error("KVM_SET_MSRS of MSR {index:X}h = {value:#x}")]
    SetMsr {
        /// The register's number, as in ECX of WRMSR.
        index: u32,
        /// The value that the processor held.
        value: u64,
    },
    /// More registers than KVM_GET_MSRS and KVM_SET_MSRS take.
    #[error("a list of {count} MSRs")]
    ListMsrs {
        /// How many.
        count: usize,
    },
    /// KVM_RUN with immediate_exit entered the guest.
    #[error("KVM_RUN with immediate_exit, to complete I/O, returned {returned}")]
    CompleteIo {
        /// What it returned.
        returned: Returned,
    },
    /// KVM_RUN returned an exit that no guest of the suite causes.
    #[error("KVM_RUN returned {returned} on processor {}, {at}", .at.cpu)]
    GoOn {
        /// Where the processor stood.
        at: At,
        /// What it returned.
        returned: Returned,
    },
    /// A run was given too little processor time to be judged.
    #[error("processor {cpu} was given {given} ms of processor time in {took} ms")]
    Judge {
        /// The processor.
        cpu: u8,
        /// The processor time that it was given, in milliseconds.
        given: u64,
        /// How long it took, in milliseconds.
        took: u64,
    },
    /// More breakpoints than debug registers.
    #[error("setting {count} breakpoints")]
    SetBreakpoints {
        /// How many.
        count: usize,
    },
    /// The guest has no such processor.
    #[error("processor {cpu}")]
    FindProcessor {
        /// The processor.
        cpu: u8,
    },
    /// The host cannot raise an NMI over the trial's path.
    #[error("raising an NMI on processor {cpu} over the trial's path")]
    Raise {
        /// On which processor.
        cpu: u8,
        /// What stands in the way.
        why: NoRaise,
    },
    /// The sender was not scheduled in time.
    #[error("the sender did not send")]
    SendInTime,
    /// The sender ended.
    #[error("the sender ended with {ended}")]
    RunSender {
        /// What it ended with.
        ended: ExitKind,
    },
    /// The second processor's thread was not scheduled in time.
    #[error("raising an NMI to a halted processor")]
    RaiseInTime,
    /// The second processor ended early.
    #[error("the second processor ended with {ended}")]
    RunSecond {
        /// What it ended with.
        ended: ExitKind,
    },
    /// The second processor used a port that is for the first one alone, or unused.
    #[error("the second processor used port {port:X}h")]
    UsePort {
        /// The port.
        port: u8,
    },
    /// A signal does not stop the second processor.
    #[error("stopping the second processor")]
    StopSecond,
    /// The second processor's thread ended.
    #[error("the second processor's thread ended early")]
    OrderSecond,
}

/// Why guest memory could not be mapped.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoMemory {
    /// The kernel refused the mapping.
    #[error("{}", errno::words(*.errno))]
    System {
        /// The error number.
        errno: i32,
    },
    /// It is longer than the addresses that are left.
    #[error("it does not fit")]
    TooLong,
    /// It is not at address 0, or not one region.
    #[error("it is not one region from address 0")]
    NotWhole,
}

/// Why the host cannot raise an NMI.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoRaise {
    /// The trial has no path.
    #[error("the trial has no path; name `paths` in the case")]
    NoPath,
    /// The guest itself raises there.
    #[error("the guest itself raises there; a step of the host needs another path")]
    ByGuest,
    /// The guest has no sender.
    #[error("this guest has no sender")]
    NoSender,
    /// The path leads to the first processor only.
    #[error("it leads to the first one; leave the path out of the case")]
    FirstAlone,
    /// Only the processor's own thread can raise over this path.
    #[error("no other thread can over this path; leave the path out of the case")]
    OwnThread,
    /// No processor has the APIC ID that the message names.
    #[error("the guest switched its local APIC off, or changed its APIC ID")]
    NoReceiver,
}

impl Cannot {
    /// The likely cause and what to do next, a lowercase fragment.
    pub(super) fn likely(&self) -> String {
        match self {
            Cannot::UseApi { version } => return format!("it says {version}, not 12; this is not Linux KVM"),
            Cannot::MapMemory { why } => return format!("{why}; free some memory"),
            Cannot::AccessMemory { end, .. } => return format!("guest memory ends at {end:#x}"),
            Cannot::StartThread { errno } => return format!("{}; raise `ulimit -u`", errno::words(*errno)),
            Cannot::SeeThread { errno, .. } => {
                return format!("{}; mount proc, of this PID namespace", errno::words(*errno));
            }
            Cannot::Raise { why, .. } => return why.to_string(),
            Cannot::DoWithout { .. } => "this kernel is older than 5.10; use a newer one",
            Cannot::CreateVm => "signals kept coming during creation; try again",
            Cannot::LoadProcessors { .. } => "it must have one or two",
            Cannot::SetMsr { .. } => "a processor of this host held that value, so KVM must take it again",
            Cannot::CompleteIo { .. } => "it must return EINTR; see the KVM API document, \"immediate_exit\"",
            Cannot::GoOn { .. } => "no guest of the suite asks for that; see the KVM API document, \"KVM_RUN\"",
            Cannot::Judge { .. } => "too little to say whether the guest hangs; let less run beside, and run it again",
            Cannot::SetBreakpoints { .. } => "there are four debug registers; use fewer at a time",
            Cannot::FindProcessor { .. } => "this guest has none; give its program a `peer` or a sender",
            Cannot::RunSender { .. } => "it must go on sending; look at the second processor's registers",
            Cannot::SendInTime | Cannot::RaiseInTime => "its thread was not given a processor; let less run beside",
            Cannot::RunSecond { .. } => "it may only end with `done`; look at its registers",
            Cannot::UsePort { .. } => "only the first processor may use that; look at the second processor's registers",
            Cannot::StopSecond => "KVM_RUN does not return on a signal",
            Cannot::ListMsrs { .. } | Cannot::OrderSecond => "this is a bug of the runner",
        }
        .to_owned()
    }
}
