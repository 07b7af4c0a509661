//! A text assembler on iced-x86: Intel syntax in, bytes and labels out.
//!
//! There is no list of mnemonics here: a word means the [`iced_x86::Code`]s that iced gives this mnemonic, operands are
//! matched against what iced says these take, and the shortest encoding wins. What differs from one assembler to the
//! next is decided like this:
//!
//! - Statements: `label: instruction`, `name equ expr`, `db`/`dw`/`dd`/`dq`, `resb`/`resw`/`resd`/`resq`,
//!   `align n[, fill]` (NOP if not said), `times n statement`. `;` and `#` start comments. `.name` belongs to the last
//!   label without a dot.
//! - Numbers: 10, 0x1f, 1fh, 0b11, 11b, 0o17, 'c'. Operators, the loosest first: `|`, `^`, `&`, `<< >>`, `+ -`, `* / %`,
//!   unary `- ~`. `$` is the address of the statement, `$$` that of the unit.
//! - `[label]` is an absolute address, `[rel label]` is counted from RIP; an absolute address that sign extension would
//!   spoil (80000000h to FFFFFFFFh in 64-bit code, above FFFFh in 16-bit code) gets an address-size prefix.
//!   `[dword x]` and `a16`/`a32`/`a64` ask for a width. A written segment override is always encoded.
//! - A form that leaves the operand size open takes the width of the code where the word says nothing (`iret`, `ret`,
//!   `push 1`), and is refused where the size would decide what memory is touched (`inc [x]`). `o16`/`o32`/`o64`,
//!   `push word 1`, and words with a size (`iretd`, `retw`, `pushfw`, `leavew`) ask for another.
//! - Far pointers in memory are named by the pointer's size, as in the manuals: m16:16 is a dword, m16:32 an fword,
//!   m16:64 a tbyte; `call far [x]` takes the default.
//! - xax, xbx, xcx, xdx, xsi, xdi, xbp and xsp are the registers of the code's own width.

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
mod sizes;
mod source;
mod types;

pub(crate) use lexer::{Kind, lex};
pub(crate) use problem::Span;
pub(crate) use source::{SourceLine, code};

pub use assemble::assemble;
pub use types::{AsmError, Assembled, AssembledLine, NoPseudo, Pseudo, PseudoError, Region, Unit};
