//! JSON in which no terminal finds a character that it acts on.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::printable::{is_acted_on, printable};

/// Writes a value as JSON in one line. Characters that a terminal acts on are written as `\u` escapes, also those that JSON
/// allows unescaped, because people view JSON on terminals; a parser reads back the same text. Errors: the writer's.
pub(crate) fn write_json(to: impl Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(to, Escaped))?)
}

/// The value with every text in it, names in maps included, as [`printable`] shows it.
pub(crate) fn with_printable_texts<T: Serialize + DeserializeOwned + Clone>(value: &T) -> T {
    let (mut json, changed) = (Vec::new(), Cell::new(false));
    let written = value.serialize(&mut Serializer::with_formatter(&mut json, Shown { changed: &changed }));
    if written.is_ok() && !changed.get() {
        return value.clone();
    }
    // Names of fields and variants hold no such character, so the JSON is still of this type.
    serde_json::from_slice(&json).unwrap_or_else(|_| value.clone())
}

struct Escaped;

impl Formatter for Escaped {
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

/// Writes texts as [`printable`] shows them.
struct Shown<'a> {
    /// Set once a text is written that differs from the original.
    changed: &'a Cell<bool>,
}

impl Formatter for Shown<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, to: &mut W, fragment: &str) -> io::Result<()> {
        let shown = printable(fragment);
        if let Cow::Borrowed(same) = shown {
            return to.write_all(same.as_bytes());
        }
        self.changed.set(true);
        // Backslashes of the original are escapes, which are no part of a fragment; these are those of `\u{1b}`.
        to.write_all(shown.replace('\\', "\\\\").as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, to: &mut W, escape: CharEscape) -> io::Result<()> {
        let control = match escape {
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => byte.into(),
            CharEscape::Quote | CharEscape::ReverseSolidus | CharEscape::Solidus => {
                return CompactFormatter.write_char_escape(to, escape);
            }
        };
        self.write_string_fragment(to, control.encode_utf8(&mut [0; 4]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TEXTS: [&str; 5] =
        ["plain ä 漢", "\x1b]0;x\x07\n", "\u{9b}31m\u{7f}", "a\u{202e}b\u{e0041}c", "\"\\/\u{8}\u{c}\r\t"];

    #[test]
    fn the_same_text_comes_back() {
        for text in TEXTS {
            let mut bytes = Vec::new();
            write_json(&mut bytes, &text).expect("memory");
            let written = String::from_utf8(bytes).expect("text");
            assert!(!written.contains(is_acted_on), "{written:?}");
            assert_eq!(serde_json::from_str::<String>(&written).expect("JSON"), text);
        }
    }

    #[test]
    fn every_text_of_a_value_is_made_printable() {
        let counts = |text: &dyn Fn(&str) -> String| {
            TEXTS.iter().map(|one| (text(one), vec![Some(text(one))])).collect::<BTreeMap<_, _>>()
        };
        let shown = counts(&|text| printable(text).into_owned());
        assert_eq!(with_printable_texts(&counts(&str::to_owned)), shown);
        assert_eq!(with_printable_texts(&shown), shown);
    }
}
