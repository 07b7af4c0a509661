//! A text assembler on iced-x86: Intel syntax in, bytes and labels out.

mod types;

pub use types::{AsmError, Assembled, AssembledLine, NoPseudo, Pseudo, Region, Unit, assemble};
