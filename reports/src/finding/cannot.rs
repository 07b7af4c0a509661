//! What could not be done on KVM, for other reasons than that it refused a call.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::At;
use crate::texts::Texts;

/// What could not be done on KVM, for other reasons than that it refused a call: never a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cannot {
    /// KVM's API is of another version.
    UseApi {
        /// What KVM_GET_API_VERSION says.
        version: i32,
    },
    /// KVM lacks what all trials need: this capability.
    DoWithout {
        /// Its name in the API document.
        capability: String,
    },
    /// A virtual machine was not created because signals kept coming.
    CreateVm,
    /// Guest memory was not to be had.
    MapMemory {
        /// What the system says.
        error: String,
    },
    /// Guest memory ends before that.
    AccessMemory {
        /// The guest-physical address.
        address: u64,
        /// How many bytes.
        length: usize,
        /// Guest memory ends there.
        end: u64,
    },
    /// A thread was not started.
    StartThread {
        /// What the system says.
        error: String,
    },
    /// /proc does not tell of a thread.
    SeeThread {
        /// The file.
        file: String,
        /// What the system says.
        error: String,
    },
    /// A guest has more processors than the machine, or none.
    LoadProcessors {
        /// How many.
        count: usize,
    },
    /// KVM_SET_MSRS refused a value that a processor held.
    SetMsr {
        /// The register.
        index: u32,
        /// The value.
        value: u64,
    },
    /// More registers than KVM_SET_MSRS takes.
    SetMsrs {
        /// How many.
        count: usize,
    },
    /// KVM_RUN with immediate_exit entered the guest.
    CompleteIo {
        /// What it returned.
        returned: String,
    },
    /// KVM_RUN returned what no guest of the suite asks for.
    GoOn {
        /// Where the processor stood.
        at: At,
        /// What it returned.
        returned: String,
    },
    /// A run was given too little processor time to be judged.
    Judge {
        /// The processor.
        cpu: u8,
        /// The processor time that it was given, in milliseconds.
        given: u64,
        /// How long it took, in milliseconds.
        took: u64,
    },
    /// More breakpoints than debug registers.
    SetBreakpoints {
        /// How many.
        count: usize,
    },
    /// The guest has no such processor.
    FindProcessor {
        /// The processor.
        cpu: u8,
    },
    /// The host raises no NMI over the trial's path.
    Raise {
        /// On which processor.
        cpu: u8,
        /// Why not.
        why: NoRaise,
    },
    /// The sender did not send.
    Send {
        /// How its run ended, if it did.
        ended: Option<String>,
    },
    /// The second processor's thread was not given a processor.
    RaiseInTime,
    /// The second processor stopped, or used a port of the first one.
    RunSecond {
        /// At what.
        stopped: String,
    },
    /// The second processor does not stop on a signal.
    StopSecond,
    /// The second processor's thread ended.
    OrderSecond,
}

/// Why the host does not raise NMIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoRaise {
    /// The trial has no path.
    NoPath,
    /// The guest itself raises there.
    ByGuest,
    /// The guest has no sender.
    NoSender,
    /// The path leads to the first processor alone.
    FirstAlone,
    /// No other thread than the processor's own can.
    OwnThread,
    /// No processor has the APIC ID that the message names.
    NoReceiver,
}

impl Cannot {
    /// What was tried; the likely cause and what to do next, a lowercase fragment.
    pub(super) fn words(&self) -> (String, String) {
        let starved = "its thread was not given a processor; let less run beside";
        let (what, likely) = match self {
            Cannot::UseApi { version } => {
                return ("KVM_GET_API_VERSION".to_owned(), format!("it says {version}, not 12; this is not Linux KVM"));
            }
            Cannot::MapMemory { error } => {
                return ("mapping guest memory".to_owned(), format!("{error}; free some memory"));
            }
            Cannot::StartThread { error } => {
                return ("starting a thread".to_owned(), format!("{error}; raise `ulimit -u`"));
            }
            Cannot::SeeThread { file, error } => {
                return (file.clone(), format!("{error}; mount proc, of this PID namespace"));
            }
            Cannot::AccessMemory { address, length, end } => {
                let what = format!("access to guest memory at {address:#x}, {length} bytes");
                return (what, format!("guest memory ends at {end:#x}"));
            }
            Cannot::Raise { cpu, why } => {
                return (format!("raising an NMI on processor {cpu} over the trial's path"), why.to_string());
            }
            Cannot::DoWithout { capability } => (capability.clone(), "this kernel is older than 5.10; use a newer one"),
            Cannot::CreateVm => ("KVM_CREATE_VM".to_owned(), "signals kept coming during creation; try again"),
            Cannot::LoadProcessors { count } => {
                (format!("loading a guest of {count} processors"), "it must have one or two")
            }
            Cannot::SetMsr { index, value } => (
                format!("KVM_SET_MSRS of MSR {index:X}h = {value:#x}"),
                "a processor of this host held that value, so KVM must take it again",
            ),
            Cannot::SetMsrs { count } => {
                (format!("KVM_SET_MSRS of {count} registers"), "they are too many; this is a bug of the runner")
            }
            Cannot::CompleteIo { returned } => (
                format!("KVM_RUN with immediate_exit, to complete I/O, returned {returned}"),
                "it must return EINTR without entering the guest; see the KVM API document, \"immediate_exit\"",
            ),
            Cannot::GoOn { at, returned } => (
                format!("KVM_RUN returned {returned} on processor {}, {at}", at.cpu),
                "no guest of the suite asks for that; see the KVM API document, \"KVM_RUN\"",
            ),
            Cannot::Judge { cpu, given, took } => (
                format!("processor {cpu} was given {given} ms of processor time in {took} ms"),
                "that is too little to say whether the guest hangs; let less run beside, and run the trial again",
            ),
            Cannot::SetBreakpoints { count } => {
                (format!("setting {count} breakpoints"), "there are four debug registers; use fewer at a time")
            }
            Cannot::FindProcessor { cpu } => {
                (format!("processor {cpu}"), "this guest has none; give its program a `peer` or a sender")
            }
            Cannot::Send { ended: None } => ("the sender did not send".to_owned(), starved),
            Cannot::Send { ended: Some(ended) } => (
                format!("the sender ended with {ended}"),
                "it must go on sending; look at the second processor's registers",
            ),
            Cannot::RaiseInTime => ("raising an NMI to a halted processor".to_owned(), starved),
            Cannot::RunSecond { stopped } => (
                format!("the second processor stopped at {stopped}"),
                "look at its registers; ports such as that of `arm` are for the first processor only",
            ),
            Cannot::StopSecond => ("stopping the second processor".to_owned(), "KVM_RUN does not return on a signal"),
            Cannot::OrderSecond => {
                ("the second processor's thread".to_owned(), "it ended early; this is a bug of the runner")
            }
        };
        (what, likely.to_owned())
    }
}

impl fmt::Display for NoRaise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoRaise::NoPath => "the trial has no path; name `paths` in the case",
            NoRaise::ByGuest => "the guest itself raises there; a step of the host needs another path",
            NoRaise::NoSender => "this guest has no sender",
            NoRaise::FirstAlone => "it leads to the first one; leave the path out of the case",
            NoRaise::OwnThread => "no other thread can over this path; leave the path out of the case",
            NoRaise::NoReceiver => "the guest switched its local APIC off, or changed its APIC ID",
        })
    }
}

impl Texts for Cannot {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Cannot::SeeThread { file, error } => {
                change(file);
                change(error);
            }
            Cannot::GoOn { at, returned } => {
                at.each_text(change);
                change(returned);
            }
            Cannot::Send { ended } => ended.each_text(change),
            Cannot::DoWithout { capability: text }
            | Cannot::MapMemory { error: text }
            | Cannot::StartThread { error: text }
            | Cannot::CompleteIo { returned: text }
            | Cannot::RunSecond { stopped: text } => change(text),
            Cannot::UseApi { version: _ }
            | Cannot::CreateVm
            | Cannot::AccessMemory { address: _, length: _, end: _ }
            | Cannot::LoadProcessors { count: _ }
            | Cannot::SetMsr { index: _, value: _ }
            | Cannot::SetMsrs { count: _ }
            | Cannot::Judge { cpu: _, given: _, took: _ }
            | Cannot::SetBreakpoints { count: _ }
            | Cannot::FindProcessor { cpu: _ }
            | Cannot::Raise { cpu: _, why: _ }
            | Cannot::RaiseInTime
            | Cannot::StopSecond
            | Cannot::OrderSecond => {}
        }
    }
}
