use std::collections::BTreeMap;

use spec::vmx_entry::NmiControls;
use x86::vmcs::Field;
use x86::vmx::{Interruption, Pin, Processor};

/// The VMX state of a processor.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vmx {
    /// IA32_FEATURE_CONTROL.
    pub feature_control: u64,
    /// In VMX operation.
    pub on: bool,
    /// The current VMCS, if there is one.
    pub current: Option<Vmcs>,
    /// The region that was cleared last.
    pub cleared: Option<u64>,
    /// L2, while it runs.
    pub guest: Option<Box<VmxGuest>>,
}

/// The VMCS.
#[derive(Clone, Debug)]
pub(crate) struct Vmcs {
    /// VMLAUNCH has entered with it.
    pub launched: bool,
    /// What software wrote, and what exits saved.
    pub fields: BTreeMap<Field, u64>,
}

/// L2.
#[derive(Clone, Debug)]
pub(crate) struct VmxGuest {
    pub controls: NmiControls,
    pub pin: Pin,
    pub processor: Processor,
    /// The exception bitmap.
    pub exceptions: u32,
    /// Virtual NMIs are blocked; false without virtual NMIs.
    pub virtual_blocking: bool,
    /// Blocking by NMI as the interruptibility state had it at the entry.
    pub entered_blocked: bool,
    /// L2 was halted at the entry.
    pub entered_halted: bool,
    /// The event to inject, with its error code, until it is delivered.
    pub injected: Option<(Interruption, u32)>,
    /// The injected event is being delivered.
    pub injecting: bool,
    /// During an IRET: whether NMIs, or virtual ones, were blocked before it.
    pub iret: Option<bool>,
}

impl VmxGuest {
    /// Whether the exception bitmap has this vector.
    pub(crate) fn catches(&self, vector: u8) -> bool {
        x86::vector::in_bitmap(self.exceptions, vector)
    }
}
