//! The operands that `vmcb` and `vmcs` have in common: `FIELD = VALUE`, and `FIELD +BIT -BIT ...`.

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
///
/// Errors: what is wrong, in words.
pub(super) fn change<'a, B>(
    word: &str,
    (name, rest): (&str, &str),
    bits: &'a [(String, B)],
    number: impl Fn(&B) -> u32,
) -> Result<Change<'a, B>, String> {
    let find = |word: &str| bits.iter().find(|(known, _)| known == word).map(|(_, bit)| bit);
    if let Some(value) = rest.strip_prefix('=') {
        let value = with_names(value.trim(), |word| find(word).map(&number));
        return if value.is_empty() {
            Err(format!("`{word} {name} =` needs a value"))
        } else {
            Ok(Change::Value(value))
        };
    }
    if rest.is_empty() {
        let example = bits.first().map(|(bit, _)| format!(", or bits such as `+{bit}`")).unwrap_or_default();
        return Err(format!("`{word} {name}` needs `= VALUE`{example}"));
    }
    if bits.is_empty() {
        return Err(format!("no bits of `{name}` have names: write `{word} {name} = VALUE`"));
    }
    let one = |text: &str| {
        let (sets, bit) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(bit), _) => (true, bit),
            (_, Some(bit)) => (false, bit),
            _ => return Err(format!("`{text}` is neither `+BIT` nor `-BIT`")),
        };
        let known = bits.iter().map(|(known, _)| known.as_str());
        let found = find(bit).ok_or_else(|| format!("`{name}` has no bit `{bit}`{}", meant(bit, known)))?;
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

/// The error that `what` has no such field.
pub(super) fn no_field<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("the {what} has no field `{name}`{}", meant(name, known))
}

fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    suggest::slip(word, known).map(|word| format!("; {}", suggest::meant(word))).unwrap_or_default()
}
