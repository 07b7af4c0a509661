//! The operands that `vmcb` and `vmcs` have in common: `FIELD = VALUE`, and `FIELD +BIT -BIT ...`.

use super::word_error::WordError;
use crate::{suggest, vector};

/// How a word changes a field, whose bits are told apart by a `B` each.
pub(super) enum Change<'a, B> {
    /// `= VALUE`, with the names of bits replaced by numbers.
    Value(String),
    /// `+BIT -BIT ...`: for each whether it is set or cleared.
    Bits(Vec<(bool, &'a B)>),
}

/// The name of the field with which the operands begin, and the rest.
pub(super) fn split(operands: &str) -> (&str, &str) {
    let end = operands.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(operands.len());
    let (name, rest) = operands.split_at(end);
    (name, rest.trim())
}

/// What `rest` says of the field called `name`, which has these named bits; `number` is a bit's value.
pub(super) fn change<'a, B>(
    word: &'static str,
    (name, rest): (&str, &str),
    bits: &'a [(String, B)],
    number: impl Fn(&B) -> u32,
) -> Result<Change<'a, B>, WordError> {
    let field = || name.to_owned();
    let find = |word: &str| bits.iter().find(|(known, _)| known == word).map(|(_, bit)| bit);
    if let Some(value) = rest.strip_prefix('=') {
        let value = with_names(value.trim(), |word| find(word).map(&number));
        return if value.is_empty() {
            Err(WordError::NoValue { word, field: field() })
        } else {
            Ok(Change::Value(value))
        };
    }
    if rest.is_empty() {
        let bit = bits.first().map(|(bit, _)| bit.clone());
        return Err(WordError::NoChange { word, field: field(), bit });
    }
    if bits.is_empty() {
        return Err(WordError::NoBits { word, field: field() });
    }
    let one = |text: &str| {
        let (sets, bit) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(bit), _) => (true, bit),
            (_, Some(bit)) => (false, bit),
            _ => return Err(WordError::NoSign { change: text.to_owned() }),
        };
        let known = bits.iter().map(|(known, _)| known.as_str());
        let near = || suggest::slip(bit, known).map(str::to_owned);
        let found = find(bit).ok_or_else(|| WordError::Bit { field: field(), bit: bit.to_owned(), near: near() })?;
        Ok((sets, found))
    };
    rest.split_whitespace().map(one).collect::<Result<_, _>>().map(Change::Bits)
}

/// `value` with the names that `bits` knows replaced by numbers.
fn with_names(value: &str, bits: impl Fn(&str) -> Option<u32>) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_.$".contains(letter);
    let mut text = String::new();
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match bits(word) {
            Some(bits) => text += &format!("{bits:#x}"),
            None => text += word,
        }
        let other = after.find(is_word).unwrap_or(after.len());
        text += &after[..other];
        rest = &after[other..];
    }
    text
}

/// The bits of a bitmap of exceptions.
pub(super) fn exceptions() -> impl Iterator<Item = (String, u32)> {
    let exceptions = vector::NAMED.iter().filter(|&&(_, vector)| vector < vector::EXCEPTIONS && vector != vector::NMI);
    exceptions.map(|&(name, vector)| (name.to_uppercase(), 1 << vector))
}

/// The error that a VMCB or VMCS has no such field.
pub(super) fn no_field<'a>(of: &'static str, name: &str, known: impl Iterator<Item = &'a str>) -> WordError {
    WordError::Field { of, field: name.to_owned(), near: suggest::slip(name, known).map(str::to_owned) }
}
