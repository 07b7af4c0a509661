//! Fills in the `@WORDS@` of pieces of C.

/// The piece with every word replaced.
pub(super) fn fill(piece: &str, words: &[(&str, &str)]) -> String {
    words.iter().fold(piece.to_owned(), |text, (word, value)| text.replace(&format!("@{word}@"), value))
}

/// The text, or nothing.
pub(super) fn when(condition: bool, text: &str) -> &str {
    if condition { text } else { "" }
}

/// Text as a C string.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Text that can stand in a C comment.
pub(super) fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}
