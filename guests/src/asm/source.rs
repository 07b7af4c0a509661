//! A line of text as it is written: labels, a word, and what follows the word.

use super::lexer;
use super::problem::Span;

/// A line without its comment; spans count characters of the line.
pub(crate) struct SourceLine {
    /// The labels in front, without their colons.
    pub(crate) labels: Vec<(String, Span)>,
    /// The word of the statement; none where the line has no statement, or one that does not start with a word.
    pub(crate) word: Option<(String, Span)>,
    /// What follows the word, or else everything behind the labels.
    pub(crate) rest: Span,
}

impl SourceLine {
    /// Splits a line that has no comment.
    pub(crate) fn split(chars: &[char]) -> Self {
        let end = chars.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
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

/// Unlike [`Span::new`], as short as it is: nothing may follow a word.
fn between(start: usize, end: usize) -> Span {
    Span { start, len: end.saturating_sub(start) }
}

fn skip_space(chars: &[char], from: usize) -> usize {
    chars.iter().skip(from).position(|c| !c.is_whitespace()).map_or(chars.len(), |length| from + length)
}

fn word_at(chars: &[char], at: usize) -> Option<(String, Span)> {
    chars.get(at).filter(|&&c| lexer::starts_word(c))?;
    let length = chars[at..].iter().position(|&c| !lexer::in_word(c)).unwrap_or(chars.len() - at);
    Some((chars[at..at + length].iter().collect(), Span::new(at, at + length)))
}
