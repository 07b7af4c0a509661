//! What the methods of [`Rules`](crate::Rules) are told although no manual's rule depends on it: a mutant's rule may.

use crate::Shadow;

/// The state of a processor at a boundary where an NMI may be taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Boundary {
    /// RFLAGS.IF.
    pub interrupts_enabled: bool,
    /// The shadow of the previous instruction.
    pub shadow: Shadow,
    /// The processor is halted.
    pub halted: bool,
    /// In system-management mode.
    pub in_smm: bool,
}

/// The state of L2 at a boundary where a virtual NMI may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualBoundary {
    /// L2's RFLAGS.IF.
    pub interrupts_enabled: bool,
    /// L2 is halted.
    pub halted: bool,
    /// V_INTR_VECTOR, which is that of a virtual interrupt.
    pub vector: u8,
}

/// An IRET that completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iret {
    /// The privilege level it returns to.
    pub to_cpl: u8,
    /// It was executed in system-management mode.
    pub in_smm: bool,
    /// NMIs were blocked before it.
    pub blocked: bool,
    /// An NMI is held or has arrived.
    pub nmi_waits: bool,
}

/// A switch between L1 and L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// VMRUN.
    Entry,
    /// #VMEXIT.
    Exit,
}

/// The state of L2 when an event is to be injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InjectionInto {
    /// L2's RFLAGS.IF.
    pub interrupts_enabled: bool,
    /// INTERRUPT_SHADOW.
    pub shadow: Shadow,
    /// NMIs are intercepted.
    pub nmi_intercepted: bool,
}
