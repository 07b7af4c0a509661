//! Places inside a section's text, as places in the file.

use guests::Spot;

use super::at::At;
use super::raw_case::RawCase;
use crate::case::diagnostics::Place;

/// Why places inside a text cannot be mapped to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::case) enum Unmappable {
    /// A folded block (`>`): YAML joins its lines.
    Folded,
    /// A plain or quoted text with escapes or over several lines, which YAML changes.
    Changed,
}

/// Maps lines and columns of a text to those of the file that holds it.
#[derive(Clone, Copy, Debug)]
pub(in crate::case) enum Lines {
    /// A literal block (`|`): its first line is the file's line `first`, from 1.
    Block {
        /// Line of the first line.
        first: usize,
    },
    /// A single line at this place, unchanged.
    Inline(Place),
}

impl Lines {
    /// How the text of `entry`, a key and its value, is written in `file`.
    pub(in crate::case) fn of(file: &str, entry: &(At<String>, At<String>)) -> Result<Self, Unmappable> {
        let (key, text) = entry;
        // The YAML crate gives the place of a block's text, not that of its `|`, which follows the key.
        let behind = rest(file, key.place);
        let header = behind.split_once(':').map(|(_, value)| value.trim_start()).unwrap_or_default();
        match header.chars().next() {
            Some('|') => return Ok(Self::Block { first: key.place.line + 1 }),
            Some('>') => return Err(Unmappable::Folded),
            _ => {}
        }
        let here = rest(file, text.place);
        match here.strip_prefix(['"', '\'']) {
            Some(quoted) if quoted.starts_with(&text.value) => {
                Ok(Self::Inline(Place { column: text.place.column + 1, ..text.place }))
            }
            None if here.starts_with(&text.value) => Ok(Self::Inline(text.place)),
            _ => Err(Unmappable::Changed),
        }
    }

    /// The place in `file` of `length` characters at `line` and `column` of the text, both from 0; `content` is that line.
    pub(in crate::case) fn place(self, file: &str, line: usize, content: &str, column: usize, length: usize) -> Place {
        match self {
            Self::Inline(place) => Place { line: place.line, column: place.column + column, length },
            Self::Block { first } => {
                // The indentation is what the line of the file has more than the line of the text.
                let written = file.lines().nth(first - 1 + line).map_or(0, |line| line.chars().count());
                let indentation = written.saturating_sub(content.chars().count());
                Place { line: first + line, column: indentation + column + 1, length }
            }
        }
    }
}

impl RawCase {
    /// The place in the case's file, which is `text`, of something in a section; the start of the file if there is no such section.
    pub(in crate::case) fn place(&self, text: &str, spot: Spot) -> Place {
        let word = spot.section.word();
        let sections = self.guest.get().map_or(&[][..], |sections| &sections.value.0);
        let Some(entry) = sections.iter().find(|(name, _)| name.value == word) else { return Place::START };
        let Ok(lines) = Lines::of(text, entry) else { return entry.0.place };
        let content = entry.1.value.lines().nth(spot.line).unwrap_or_default();
        lines.place(text, spot.line, content, spot.column, spot.length)
    }
}

/// The rest of the line of `file` from `place` on.
fn rest(file: &str, place: Place) -> String {
    file.lines().nth(place.line - 1).unwrap_or_default().chars().skip(place.column - 1).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::case::parse::{Map, at::Maybe};

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Sections {
        guest: Maybe<Map<At<String>>>,
    }

    /// The place of the word `here` in the section of `file`.
    fn place_of_here(file: &str) -> Result<Place, Unmappable> {
        let sections: Sections = serde_yaml::from_str(file).unwrap();
        let entry = &sections.guest.get().unwrap().0[0];
        let lines = Lines::of(file, entry)?;
        let (number, content) =
            entry.1.value.lines().enumerate().find(|(_, line)| line.contains("here")).expect("the word is there");
        let column = content.chars().take_while(|c| *c != 'h').count();
        Ok(lines.place(file, number, content, column, 4))
    }

    #[test]
    fn lines_of_a_block_keep_their_places() {
        for (file, line, column) in [
            ("guest:\n  main: |\n    a\n    here\n", 4, 5),
            ("guest:\n  main: |-\n    a\n    b: here", 4, 8),
            ("guest:\n  main:   |+ # why\n\n\n    a\n      here\n\n", 6, 7),
            ("guest:\n  main: |2\n      a\n      here\n", 4, 7),
            ("guest:\n main: |\n  a\n\n  ä here\n", 5, 5),
            ("# c\nguest:\n  main: |\r\n    a\r\n    here\r\n", 5, 5),
            ("guest:\n  \"main\": |\n    here\n", 3, 5),
            ("guest:\n  main: here\n", 2, 9),
            ("guest: { main: here }\n", 1, 16),
            ("guest:\n  main: 'here'\n", 2, 10),
        ] {
            assert_eq!(place_of_here(file), Ok(Place { line, column, length: 4 }), "{file}");
        }
    }

    #[test]
    fn texts_that_yaml_changes_are_refused() {
        assert_eq!(place_of_here("guest:\n  main: >\n    a\n    here\n"), Err(Unmappable::Folded));
        assert_eq!(place_of_here("guest:\n  main: a\n    here\n"), Err(Unmappable::Changed));
        assert_eq!(place_of_here("guest:\n  main: \"a\\nhere\"\n"), Err(Unmappable::Changed));
    }
}
