//! Why an instruction or a delivery is abandoned: an exception, an exit, shutdown, or trouble of the model.

use super::super::svm::Leave;
use super::super::vmx::VmExit;
use super::Fault;
use crate::machine::{Trouble, Unmodelled, UnmodelledMode};

/// Why an instruction or a delivery did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Abort {
    /// An exception.
    Fault(Fault),
    /// A fault while #DF was delivered (Intel SDM vol. 3, "Interrupt 8: Double Fault Exception (#DF)"; AMD APM vol. 2,
    /// section 8.2.9 "#DF: Double-Fault Exception").
    Shutdown,
    /// L2 is left on AMD's processors.
    Exit(Leave),
    /// L2 is left on Intel's processors.
    VmExit(VmExit),
    /// The model cannot go on.
    Trouble(Trouble),
}

impl From<Fault> for Abort {
    fn from(fault: Fault) -> Self {
        Abort::Fault(fault)
    }
}

impl From<Unmodelled> for Abort {
    fn from(unmodelled: Unmodelled) -> Self {
        Abort::Trouble(unmodelled.into())
    }
}

impl From<UnmodelledMode> for Abort {
    fn from(mode: UnmodelledMode) -> Self {
        Abort::Trouble(mode.into())
    }
}

impl From<Trouble> for Abort {
    fn from(trouble: Trouble) -> Self {
        Abort::Trouble(trouble)
    }
}

/// The result of a part of an instruction.
pub(crate) type Run<T> = Result<T, Abort>;
