//! Names of bits in the words that write fields of the VMCB and of the VMCS.

use crate::suggest;

/// The name of the field with which the operands begin, and the rest.
pub(super) fn split(operands: &str) -> (&str, &str) {
    let end = operands.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(operands.len());
    let (name, rest) = operands.split_at(end);
    (name, rest.trim())
}

/// `value` with the names that `bits` knows replaced by what they are.
pub(super) fn with_names(value: &str, bits: impl Fn(&str) -> Option<u32>) -> String {
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

/// Whether `+BIT` or `-BIT` sets the bit, and its name.
pub(super) fn change(text: &str) -> Result<(bool, &str), String> {
    match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(bit), _) => Ok((true, bit)),
        (_, Some(bit)) => Ok((false, bit)),
        _ => Err(format!("`{text}` is neither `+BIT` nor `-BIT`")),
    }
}

/// That the field called `name` has no such bit.
pub(super) fn no_bit<'a>(name: &str, bit: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("`{name}` has no bit `{bit}`{}", meant(bit, known))
}

/// That `what` has no such field.
pub(super) fn no_field<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("the {what} has no field `{name}`{}", meant(name, known))
}

fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    suggest::slip(word, known).map(|word| format!("; {}", suggest::meant(word))).unwrap_or_default()
}
