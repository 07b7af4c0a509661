//! Wrapping, padding and counting words. The results hold no character that a terminal acts on. Widths are in columns of a
//! terminal: wide characters take two, combining ones none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::machine::MachineKind;
use crate::printable::printable;

/// Columns assumed if the width of the output is unknown.
pub const WIDTH: usize = 100;
/// Indentation, in columns, of what belongs to the line above.
const BELOW: usize = 4;

/// Breaks text at blanks. A word longer than the width keeps a line to itself, so that paths and ids can be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace().map(printable) {
        let length = columns(&word);
        if used > 0 && used + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(&word);
        used += length;
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

/// Text wrapped to a width in columns after `first`; further lines are indented by the width of `first`. Every line ends with a
/// line break. If a word does not fit after `first`, all of the text goes below it.
pub fn hanging(first: &str, text: &str, width: usize) -> String {
    let indent = columns(first);
    let longest = text.split_whitespace().map(columns).max().unwrap_or(0);
    let below = first.chars().take_while(|&c| c == ' ').count() + BELOW;
    let fits_below_alone = indent + longest > width && below + longest <= width && !first.trim().is_empty();
    let (mut out, start, indent) = match fits_below_alone {
        true => (format!("{}\n", first.trim_end()), " ".repeat(below), below),
        false => (String::new(), first.to_owned(), indent),
    };
    let lines = wrap(text, width.saturating_sub(indent).max(12));
    if lines.is_empty() {
        out.push_str(first.trim_end());
        out.push('\n');
    }
    for (index, line) in lines.iter().enumerate() {
        if index == 0 {
            out.push_str(&start);
        } else {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A line whose columns are aligned, broken at two or more blanks if it is too long.
pub fn broken(line: &str, width: usize) -> Vec<String> {
    let line = one_line(line);
    if columns(&line) <= width {
        return vec![line];
    }
    let lead: String = line.chars().take_while(|&c| c == ' ').collect();
    let mut lines: Vec<String> = Vec::new();
    for piece in line.split("  ").map(str::trim).filter(|piece| !piece.is_empty()) {
        match lines.last_mut() {
            Some(last) if columns(last) + 2 + columns(piece) <= width => *last += &format!("  {piece}"),
            Some(_) => lines.push(format!("{lead}{}{piece}", " ".repeat(BELOW))),
            None => lines.push(format!("{lead}{piece}")),
        }
    }
    lines
}

/// Width of text in columns, as printed.
pub(crate) fn columns(text: &str) -> usize {
    printable(text).width()
}

/// The text, filled up with blanks.
pub(crate) fn pad(text: &str, width: usize) -> String {
    format!("{}{}", printable(text), " ".repeat(width.saturating_sub(columns(text))))
}

/// The text in one line of at most this many columns; what was cut shows as `...`.
pub(crate) fn clip(text: &str, width: usize) -> String {
    let text = one_line(text);
    if columns(&text) <= width {
        return text;
    }
    let dots = &"..."[..width.min(3)];
    let room = width - dots.len();
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    // Combining characters take no column; the number of characters is limited as well.
    let cut: String = text.chars().take(4 * room).take_while(fits).collect();
    cut + dots
}

/// The text in one line, without characters that a terminal acts on, so that it cannot forge lines of a report.
pub(crate) fn one_line(text: &str) -> String {
    printable(text).trim_end().to_owned()
}

/// `1 trial`, `2 trials`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `2 broken, 1 fixed`: the counts that are not 0. None if all are 0.
pub(crate) fn counts<'a>(counts: impl IntoIterator<Item = (usize, &'a str)>) -> Option<String> {
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, name)| format!("{count} {name}")).reduce(|all, one| format!("{all}, {one}"))
}

/// The first items, and how many more there are.
pub(crate) fn listed<T: AsRef<str>>(items: &[T], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    let more = items.len() - shown.len();
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// The name of a machine in a sentence.
pub(crate) fn machine_words(name: &str) -> &str {
    if MachineKind::of(name) == MachineKind::Kvm { "KVM" } else { name }
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
    fn what_finds_no_room_behind_its_head_stands_below() {
        assert_eq!(hanging("  a name: ", "some-long-words here", 22), "  a name:\n      some-long-words\n      here\n");
        assert_eq!(hanging("  a: ", "never-fits-anywhere", 12), "  a: never-fits-anywhere\n");
        let line = "  > 0200b  push 4001h            ; main: snap resumed";
        assert_eq!(broken(line, 60), [line]);
        assert_eq!(broken(line, 40), ["  > 0200b  push 4001h", "      ; main: snap resumed"]);
        assert_eq!(broken(line, 12), ["  > 0200b", "      push 4001h", "      ; main: snap resumed"]);
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöüäöü", 6), "äöüäöü");
        assert_eq!(clip("äöüäöüä", 6), "äöü...");
        assert_eq!(clip("a\nb\x1b[2J", 20), "a b\\u{1b}[2J");
        assert_eq!(["ab", "abcd"].map(|text| clip(text, 2)), ["ab", ".."]);
        assert_eq!(clip("x", 0), "");
    }

    #[test]
    fn columns_are_those_of_a_terminal() {
        assert_eq!((columns("漢字"), columns("e\u{301}"), columns("a\x1b")), (4, 1, 7));
        assert_eq!(clip("漢字漢字", 7), "漢字...");
        assert_eq!(clip("漢字漢字", 6), "漢...");
        assert_eq!(pad("漢字", 6), "漢字  ");
        let marks = "\u{301}".repeat(1000);
        assert!(clip(&format!("{marks}abcdefgh"), 7).chars().count() < 20);
        assert_eq!(wrap("a\x1bb \u{202e}c", 40), ["a\\u{1b}b \\u{202e}c"]);
    }

    #[test]
    fn lists_say_what_they_leave_out() {
        assert_eq!(listed(&["a", "b"], 2), "a, b");
        assert_eq!(listed(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(seconds(1234), "1.23 s");
        assert_eq!((counted(1, "trial"), counted(0, "trial")), ("1 trial".to_owned(), "0 trials".to_owned()));
    }
}
