//! Characters to tokens.

use super::problem::{Problem, Span};

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, keyword, register or mnemonic; `$` and `$$` too.
    Word(String),
    /// A number.
    Number(u64),
    /// A quoted string.
    Text(Vec<u8>),
    /// An operator or separator.
    Mark(&'static str),
}

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(super) span: Span,
}

impl Token {
    pub(crate) fn is(&self, mark: &str) -> bool {
        matches!(self.kind, Kind::Mark(own) if own == mark)
    }

    /// The word in lower case, if this is one.
    pub(super) fn word(&self) -> Option<String> {
        match &self.kind {
            Kind::Word(word) => Some(word.to_ascii_lowercase()),
            _ => None,
        }
    }
}

const MARKS: [&str; 18] = ["<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "~", "(", ")", "[", "]", ",", ":", "="];

/// Whether a word can start with this character.
pub(super) fn starts_word(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '_' | '.' | '@' | '?' | '$')
}

/// Whether a word can go on with this character.
pub(super) fn in_word(c: char) -> bool {
    starts_word(c) || c.is_ascii_digit()
}

/// The number of characters before the comment, if there is one.
pub(super) fn code_length(line: &[char]) -> usize {
    let mut quote = None;
    for (i, &c) in line.iter().enumerate() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == ';' || c == '#' => return i,
            None if c == '\'' || c == '"' => quote = Some(c),
            None => {}
        }
    }
    line.len()
}

/// The tokens of `line` from the character `from` on.
pub(crate) fn lex(line: &[char], from: usize) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut at = from;
    while let Some(&c) = line.get(at) {
        let start = at;
        let kind = if c.is_whitespace() {
            at += 1;
            continue;
        } else if starts_word(c) {
            at = end_of(line, at, in_word);
            Kind::Word(line[start..at].iter().collect())
        } else if c.is_ascii_digit() {
            at = end_of(line, at, |c| c.is_ascii_alphanumeric() || c == '_');
            let text: String = line[start..at].iter().collect();
            Kind::Number(number(&text).map_err(|message| Problem::new(Span::new(start, at), message))?)
        } else if c == '\'' || c == '"' {
            let length = line[at + 1..].iter().position(|&next| next == c).ok_or_else(|| {
                Problem::new(Span::new(start, line.len()), "the string is not closed").help(format!("end it with {c}"))
            })?;
            at += length + 2;
            Kind::Text(line[start + 1..at - 1].iter().collect::<String>().into_bytes())
        } else {
            let two: String = line[at..].iter().take(2).collect();
            let mark = MARKS.iter().find(|mark| two.starts_with(**mark)).ok_or_else(|| {
                Problem::new(Span::new(start, start + 1), format!("`{}` means nothing here", c.escape_debug()))
            })?;
            at += mark.len();
            Kind::Mark(mark)
        };
        tokens.push(Token { kind, span: Span::new(start, at) });
    }
    Ok(tokens)
}

/// The first position from `from` on whose character does not belong; the line's end if all do.
pub(super) fn end_of(line: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    line[from..].iter().position(|&c| !belongs(c)).map_or(line.len(), |length| from + length)
}

/// The value of a number: 10, 0x1f, 1fh, 0b101, 101b, 0o17, 17o; `_` may separate digits.
fn number(text: &str) -> Result<u64, String> {
    let digits = text.to_ascii_lowercase().replace('_', "");
    let (digits, radix) = if let Some(rest) = digits.strip_prefix("0x") {
        (rest, 16)
    } else if let Some(rest) = digits.strip_suffix('h') {
        (rest, 16)
    } else if let Some(rest) = digits.strip_prefix("0b") {
        (rest, 2)
    } else if let Some(rest) = digits.strip_suffix('b') {
        (rest, 2)
    } else if let Some(rest) = digits.strip_prefix("0o").or_else(|| digits.strip_suffix('o')) {
        (rest, 8)
    } else {
        (digits.as_str(), 10)
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!("`{text}` is not a number; write 31, 0x1f, 1fh or 0b11111"));
    }
    u64::from_str_radix(digits, radix).map_err(|_| format!("`{text}` does not fit in 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_base() {
        for (text, value) in [
            ("31", 31),
            ("0x1f", 31),
            ("1fh", 31),
            ("0FFh", 255),
            ("0b101", 5),
            ("101b", 5),
            ("0b1h", 0xb1),
            ("1_000", 1000),
        ] {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        for text in ["0x", "2nd", "12b", "99999999999999999999"] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn comments_do_not_start_in_strings() {
        let line: Vec<char> = "db ';#' ; it's over".chars().collect();
        assert_eq!(code_length(&line), 8);
    }
}
