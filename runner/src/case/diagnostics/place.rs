/// A place in a file. Lines and columns count from 1; columns and lengths are in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line of the file, from 1.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Length; the part beyond the end of the line is not shown.
    pub length: usize,
}

impl Place {
    /// The first character of a file.
    pub const START: Place = Place { line: 1, column: 1, length: 1 };

    /// The place of the byte at `offset` of `text`.
    pub fn of_byte(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            length: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn bytes_become_lines_and_columns() {
        let text = "a\nä: b\n";
        assert_eq!(Place::of_byte(text, 0), Place::START);
        assert_eq!(Place::of_byte(text, 6), Place { line: 2, column: 4, length: 1 });
        assert_eq!(Place::of_byte(text, 999).line, 3);
    }
}
