//! Wrapping, padding and counting words. A column is a character: everything shown is Latin text.

/// Columns assumed where nothing is known about the reader.
pub const WIDTH: usize = 100;

/// Breaks text at blanks. A word longer than the width keeps a line to itself, so that paths and ids can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = columns(word);
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

/// Wrapped text behind `first`, further lines indented as deep; every line ends.
pub(crate) fn hanging(first: &str, text: &str, width: usize) -> String {
    let indent = columns(first);
    let mut out = String::new();
    let lines = wrap(text, width.saturating_sub(indent).max(20));
    if lines.is_empty() {
        out.push_str(first.trim_end());
        out.push('\n');
    }
    for (index, line) in lines.iter().enumerate() {
        if index == 0 {
            out.push_str(first);
        } else {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Width of text in columns.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text, filled up with blanks.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// The text in one line of at most this many columns; what was cut shows as `...`.
pub(crate) fn clip(text: &str, width: usize) -> String {
    let text = one_line(text);
    if columns(&text) <= width {
        return text;
    }
    let mut cut: String = text.chars().take(width.saturating_sub(3)).collect();
    cut.push_str("...");
    cut
}

/// The text without line breaks and other control characters, which could forge a report's own lines.
pub(crate) fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.trim_end().to_owned()
}

/// `1 trial`, `2 trials`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The first items, and how many more there are.
pub(crate) fn listed<T: AsRef<str>>(items: &[T], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    let more = items.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// A machine in a sentence.
pub(crate) fn machine_words(name: &str) -> &str {
    if name == "kvm" { "KVM" } else { name }
}

/// Seconds with two digits.
pub(crate) fn seconds(millis: u64) -> String {
    format!("{}.{:02} s", millis / 1000, millis % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_words_whole() {
        assert_eq!(wrap("one two  three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("a-very-long-word b", 4), ["a-very-long-word", "b"]);
        assert!(wrap("  \n ", 4).is_empty());
        assert_eq!(hanging("x: ", "", 40), "x:\n");
        assert_eq!(hanging("x: ", "one two three four five", 23), "x: one two three four\n   five\n");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöüäöü", 6), "äöüäöü");
        assert_eq!(clip("äöüäöüä", 6), "äöü...");
        assert_eq!(clip("a\nb\x1b[2J", 20), "a b [2J");
    }

    #[test]
    fn lists_say_what_they_leave_out() {
        assert_eq!(listed(&["a", "b"], 2), "a, b");
        assert_eq!(listed(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(seconds(1234), "1.23 s");
        assert_eq!((counted(1, "trial"), counted(0, "trial")), ("1 trial".to_owned(), "0 trials".to_owned()));
    }
}
