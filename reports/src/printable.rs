//! Text without characters that a terminal acts on.

use std::borrow::Cow;

/// The text in one line, without characters that a terminal acts on: line breaks and tabs become blanks, others are shown by
/// their code, as `\u{1b}`.
///
/// Saved runs, case files and file names come from anywhere, and a terminal obeys control characters: they can forge lines,
/// colours, titles and on some terminals the clipboard. Characters that change the direction of text can make it read as
/// something else.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_acted_on) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => clean.push(' '),
            c if is_acted_on(c) => clean.extend(c.escape_unicode()),
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// The same for text of several lines: line breaks stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && is_acted_on(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(printable).collect::<Vec<_>>().join("\n"))
}

/// Whether a terminal acts on the character instead of showing it: controls, and the invisible ones that reorder text or
/// hide in it.
pub fn is_acted_on(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(printable("plain ä 漢 é"), "plain ä 漢 é");
        assert_eq!(printable("a\nb\tc\r\n"), "a b c  ");
        assert_eq!(printable("\x1b]0;title\x07\x1b[2J"), "\\u{1b}]0;title\\u{7}\\u{1b}[2J");
        assert_eq!(printable("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
        assert_eq!(printable("\u{202e}cod\u{2066}"), "\\u{202e}cod\\u{2066}");
        assert_eq!(printable_lines("a\nb\x1bc\n"), "a\nb\\u{1b}c\n");
    }
}
