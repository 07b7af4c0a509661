//! Why an instruction or a delivery does not complete: an exception, an exit, a shutdown, or trouble of the model.

use super::super::svm::Leave;
use super::super::vmx::VmExit;
use super::Fault;
use crate::machine::Trouble;

/// Why an instruction or a delivery did not complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Abort {
    /// An exception.
    Fault(Fault),
    /// A fault while #DF was delivered (Intel SDM vol. 3, "Interrupt 8: Double Fault Exception (#DF)"; AMD APM vol. 2,
    /// section 8.2.9 "#DF: Double-Fault Exception").
    Shutdown,
    /// #VMEXIT, on AMD's processors.
    Exit(Leave),
    /// A VM exit, on Intel's processors.
    VmExit(VmExit),
    /// The model cannot execute this.
    Trouble(Trouble),
}

impl From<Fault> for Abort {
    fn from(fault: Fault) -> Self {
        Abort::Fault(fault)
    }
}

impl<T: Into<Trouble>> From<T> for Abort {
    fn from(trouble: T) -> Self {
        Abort::Trouble(trouble.into())
    }
}

/// The result of a part of an instruction.
pub(crate) type Run<T> = Result<T, Abort>;
