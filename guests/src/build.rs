use crate::asm::AsmError;
use crate::{Guest, Mode, Program, Wiring};

/// Why a program cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A line of a section is wrong; `unit` is the section's word.
    #[error(transparent)]
    Line(AsmError),
    /// Something about the whole, such as CPL 3 in real mode.
    #[error("{0}")]
    Whole(String),
}

/// Assembles `program` for `mode`, with the ABI's routines, default handlers and tables, into a guest.
///
/// Errors: everything that is wrong, at once.
pub fn build(program: &Program, mode: Mode, wiring: &Wiring) -> Result<Guest, Vec<Problem>> {
    let _ = (program, mode, wiring);
    Err(Vec::new())
}
