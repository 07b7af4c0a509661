use x86::svm::{Intercept, exit};

use super::super::cpu::Fault;

/// A #VMEXIT: its code and its information.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leave {
    /// EXITCODE.
    pub code: u64,
    /// EXITINFO1.
    pub info1: u64,
    /// EXITINFO2.
    pub info2: u64,
    /// nRIP, of an instruction that was intercepted.
    pub next: u64,
}

impl Leave {
    /// VMEXIT_INVALID.
    pub(super) const INVALID: Self = Self { code: exit::INVALID, info1: 0, info2: 0, next: 0 };

    /// An event that is intercepted.
    pub(super) const fn event(what: Intercept) -> Self {
        Self { code: what.exit_code(), info1: 0, info2: 0, next: 0 }
    }

    /// An instruction that is intercepted.
    pub(super) const fn instruction(what: Intercept, next: u64) -> Self {
        Self { next, ..Self::event(what) }
    }

    /// An exception that is intercepted.
    pub(super) fn exception(fault: Fault) -> Self {
        let info1 = fault.code.unwrap_or(0).into();
        Self { code: exit::exception(fault.vector), info1, info2: fault.address.unwrap_or(0), next: 0 }
    }
}
