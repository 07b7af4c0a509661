//! What the assembler takes and gives.

use std::collections::BTreeMap;

use iced_x86::Register;

/// A range of memory and the texts that fill it, one after the other, each aligned to 16 bytes.
#[derive(Clone, Debug)]
pub struct Region<'a> {
    /// First address.
    pub start: u64,
    /// One past the last address that may be filled.
    pub end: u64,
    /// The value of a label is its address minus this: 0, except for SMM code.
    pub base: u64,
    /// 16, 32 or 64.
    pub bits: u32,
    /// Texts that fill it, in this order.
    pub units: Vec<Unit<'a>>,
}

/// One text. Its name is also the label of its first byte.
#[derive(Clone, Debug)]
pub struct Unit<'a> {
    /// Name, unique among all units of a call.
    pub name: &'a str,
    /// Source text.
    pub text: &'a str,
}

/// Names that have their values before anything is assembled, in maps of which no two have a name in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constants<'a>(pub(super) &'a [&'a BTreeMap<String, u64>]);

impl<'a> Constants<'a> {
    /// The value of `name`.
    pub(super) fn get(self, name: &str) -> Option<u64> {
        self.0.iter().find_map(|map| map.get(name)).copied()
    }

    /// The names of all constants, for "did you mean".
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        self.0.iter().flat_map(|map| map.keys()).map(String::as_str)
    }
}

/// What is wrong with the operands of a pseudo-instruction: it displays as a lowercase fragment.
pub type PseudoError = Box<dyn std::error::Error>;

/// Expands words that stand for several lines.
pub trait Pseudo {
    /// Expands the statement `word operands` of `unit`: `None` if the word is not a pseudo-instruction; lines of ordinary
    /// assembly; or what is wrong with the operands. Called once per statement, in order.
    fn expand(&mut self, unit: &str, bits: u32, word: &str, operands: &str)
    -> Option<Result<Vec<String>, PseudoError>>;

    /// The pseudo-instructions' words, for "did you mean".
    fn words(&self) -> &'static [&'static str];
}

/// For text that has ordinary assembly alone.
#[derive(Debug)]
pub struct NoPseudo;

impl Pseudo for NoPseudo {
    fn expand(&mut self, _: &str, _: u32, _: &str, _: &str) -> Option<Result<Vec<String>, PseudoError>> {
        None
    }

    fn words(&self) -> &'static [&'static str] {
        &[]
    }
}

/// The result of assembling.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// Labels (unit names among them) and their values.
    pub symbols: BTreeMap<String, u64>,
    /// Every instruction and datum, by ascending address.
    pub lines: Vec<AssembledLine>,
}

/// One instruction or one data directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssembledLine {
    /// Linear address.
    pub address: u64,
    /// Encoded bytes.
    pub bytes: Vec<u8>,
    /// Unit it came from.
    pub unit: String,
    /// Line in the unit's text, from 0.
    pub line: usize,
    /// iced's formatting of the instruction (labels as numbers), or the directive as written.
    pub text: String,
    /// The segment register of the memory operand; of no meaning without one.
    pub segment: Register,
    /// The port, if it is `out imm8, al` in two bytes.
    pub out: Option<u8>,
    /// If it was expanded from a pseudo-instruction: how many expansions came before that one.
    pub expansion: Option<usize>,
}

/// Something wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AsmError {
    /// Name of the unit.
    pub unit: String,
    /// Line in the unit's text, from 0.
    pub line: usize,
    /// Column in characters, from 0.
    pub column: usize,
    /// Length in characters, at least 1.
    pub length: usize,
    /// A lowercase fragment.
    pub message: String,
    /// What to do, such as the nearest known word.
    pub help: Option<String>,
}
