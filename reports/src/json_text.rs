use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::printable::is_acted_on;

/// Writes a value as JSON in one line. Characters that a terminal acts on are written by their numbers, also those that JSON
/// allows as they are, because JSON is looked at on terminals too; whoever reads it gets the same text. Errors: the writer's.
pub(crate) fn write_json(to: impl Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(to, Printed))?)
}

struct Printed;

impl Formatter for Printed {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_acted_on) {
            let (plain, from) = rest.split_at(at);
            to.write_all(plain.as_bytes())?;
            let mut chars = from.chars();
            for unit in chars.next().unwrap_or_default().encode_utf16(&mut [0; 2]) {
                write!(to, "\\u{unit:04x}")?;
            }
            rest = chars.as_str();
        }
        to.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_comes_back() {
        for text in ["plain ä 漢", "\x1b]0;x\x07\n", "\u{9b}31m\u{7f}", "a\u{202e}b\u{e0041}c", "\"\\"] {
            let mut bytes = Vec::new();
            write_json(&mut bytes, &text).expect("memory");
            let written = String::from_utf8(bytes).expect("text");
            assert!(!written.contains(is_acted_on), "{written:?}");
            assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), text);
        }
    }
}
