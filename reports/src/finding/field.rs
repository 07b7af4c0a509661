//! Fields of views, frames, exits and marks, with their values.

use serde::{Deserialize, Serialize};

use super::Place;
use crate::words;

/// One field that is not as wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Difference {
    /// The field's name.
    pub field: Field,
    /// What was wanted.
    pub want: Value,
    /// What was seen.
    pub got: Value,
}

/// The fields of views, frames, exits and marks, by the words of case files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// NMIs are blocked.
    Masked,
    /// NMIs pending.
    Pending,
    /// An NMI is injected.
    Injected,
    /// The interrupt shadow.
    Shadow,
    /// In system-management mode.
    Smm,
    /// Halted.
    Halted,
    /// RIP.
    Rip,
    /// CPL.
    Cpl,
    /// RFLAGS.IF.
    If,
    /// RFLAGS.TF.
    Tf,
    /// RFLAGS.RF.
    Rf,
    /// RFLAGS.NT.
    Nt,
    /// RSP.
    Rsp,
    /// SS.
    Ss,
    /// The error code.
    Error,
    /// The stack that RSP lies in.
    Stack,
    /// The cause of an exit on AMD's processors.
    Code,
    /// Address of the instruction after the one that exited.
    NextRip,
    /// The event under delivery at the exit.
    Delivering,
    /// The event that the next entry injects.
    Injecting,
    /// A virtual NMI is pending.
    VNmi,
    /// Virtual NMIs are blocked.
    VNmiMask,
    /// A virtual interrupt is pending.
    VIrq,
    /// The virtual global interrupt flag.
    VGif,
    /// The cause of an exit on Intel's processors.
    Reason,
    /// The interruptibility state.
    Blocking,
    /// NMI unblocking due to IRET.
    #[serde(rename = "bit-12")]
    Bit12,
    /// The activity state.
    Activity,
    /// The VM-instruction error of an entry that was a VMfail.
    Vmfail,
    /// The exit is a failure of VM entry.
    EntryFailure,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// One bit.
    Bit(bool),
    /// A number.
    Number(u64),
    /// One of a list of words, or a name.
    Word(String),
    /// Any of these labels.
    Labels(Vec<String>),
    /// An address.
    Place(Place),
    /// RSP as it was at this mark.
    RspOf(String),
    /// RSP relative to what it was at a mark.
    RspNear {
        /// The mark.
        of: String,
        /// Bytes above it.
        by: i64,
    },
    /// The mark whose RSP is compared was not reached.
    NoRspOf(String),
}

words!(Field {
    Masked = "masked",
    Pending = "pending",
    Injected = "injected",
    Shadow = "shadow",
    Smm = "smm",
    Halted = "halted",
    Rip = "rip",
    Cpl = "cpl",
    If = "if",
    Tf = "tf",
    Rf = "rf",
    Nt = "nt",
    Rsp = "rsp",
    Ss = "ss",
    Error = "error",
    Stack = "stack",
    Code = "code",
    NextRip = "next-rip",
    Delivering = "delivering",
    Injecting = "injecting",
    VNmi = "v-nmi",
    VNmiMask = "v-nmi-mask",
    VIrq = "v-irq",
    VGif = "v-gif",
    Reason = "reason",
    Blocking = "blocking",
    Bit12 = "bit-12",
    Activity = "activity",
    Vmfail = "vmfail",
    EntryFailure = "entry-failure",
});
