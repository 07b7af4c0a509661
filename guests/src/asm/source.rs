//! A line of text as it is written: labels, a word, and what follows the word.

use super::lexer;
use super::problem::Span;

/// A line without its comment; spans count characters of the line.
pub(crate) struct SourceLine {
    /// The labels in front, without their colons.
    pub(crate) labels: Vec<(String, Span)>,
    /// The word of the statement; `None` if the line has no statement or starts with something else.
    pub(crate) word: Option<(String, Span)>,
    /// What follows the word; without a word, everything after the labels.
    pub(crate) rest: Span,
}

impl SourceLine {
    /// Splits a line that has no comment.
    pub(crate) fn split(chars: &[char]) -> Self {
        let end = trimmed_end(chars);
        let mut labels = Vec::new();
        let mut at = skip_space(chars, 0);
        while let Some((word, span)) = word_at(chars, at) {
            let after = skip_space(chars, span.end());
            if chars.get(after) != Some(&':') {
                return Self { labels, word: Some((word, span)), rest: between(after, end) };
            }
            labels.push((word, span));
            at = skip_space(chars, after + 1);
        }
        Self { labels, word: None, rest: between(at, end) }
    }
}

/// The characters of a line in front of its comment.
pub(crate) fn code(line: &str) -> Vec<char> {
    let mut chars: Vec<char> = line.chars().collect();
    chars.truncate(lexer::code_length(&chars));
    chars
}

/// Unlike [`Span::new`] it may be empty, because nothing may follow a word.
fn between(start: usize, end: usize) -> Span {
    Span { start, len: end.saturating_sub(start) }
}

/// Where the trailing blanks of a line begin.
pub(super) fn trimmed_end(chars: &[char]) -> usize {
    chars.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1)
}

fn skip_space(chars: &[char], from: usize) -> usize {
    lexer::end_of(chars, from, char::is_whitespace)
}

fn word_at(chars: &[char], at: usize) -> Option<(String, Span)> {
    chars.get(at).filter(|&&c| lexer::starts_word(c))?;
    let end = lexer::end_of(chars, at, lexer::in_word);
    Some((chars[at..end].iter().collect(), Span::new(at, end)))
}
