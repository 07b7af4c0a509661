use x86::vmx::{Interruption, interruption, reason};

use super::super::cpu::Fault;

/// A VM exit: its reason and its information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VmExit {
    /// The basic exit reason.
    pub reason: u16,
    /// VM-exit interruption information; 0 if the exit is for no event.
    pub interruption: Interruption,
    /// Its error code.
    pub error: u32,
    pub qualification: u64,
    /// L2 was halted.
    pub halted: bool,
}

impl VmExit {
    /// For a triple fault.
    pub(crate) const TRIPLE_FAULT: Self = Self::of(reason::TRIPLE_FAULT);

    /// A VM exit that is not for an event.
    pub(super) const fn of(reason: u16) -> Self {
        Self { reason, interruption: Interruption::new(), error: 0, qualification: 0, halted: false }
    }

    /// For an event of this type.
    pub(super) fn event(kind: u8, vector: u8) -> Self {
        let interruption = Interruption::new().with_kind(kind).with_vector(vector).with_valid(true);
        Self { interruption, ..Self::of(reason::EXCEPTION_OR_NMI) }
    }

    /// For an exception that the exception bitmap has.
    pub(super) fn exception(fault: Fault) -> Self {
        let event = Self::event(interruption::EXCEPTION, fault.vector);
        Self {
            interruption: event.interruption.with_has_error_code(fault.code.is_some()),
            error: fault.code.unwrap_or(0),
            qualification: fault.address.unwrap_or(0),
            ..event
        }
    }

    /// Whether it is for an NMI.
    pub(super) fn is_for_nmi(&self) -> bool {
        self.interruption.valid() && self.interruption.kind() == interruption::NMI
    }
}
