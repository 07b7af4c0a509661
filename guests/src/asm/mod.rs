//! A text assembler on iced-x86: Intel syntax in, bytes and labels out.

mod assemble;
mod build;
mod data;
mod expr;
mod forms;
mod item;
mod layout;
mod lexer;
mod line;
mod matching;
mod memory;
mod operand;
mod prefixes;
mod problem;
mod registers;
mod select;
mod suggest;
mod types;

pub use assemble::assemble;
pub use types::{AsmError, Assembled, AssembledLine, NoPseudo, Pseudo, Region, Unit};
