use reports::is_acted_on;

use super::Place;

/// A problem of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file or folder, as messages name it.
    pub file: String,
    /// Where in the file; `None` if it concerns the file or folder as a whole.
    pub place: Option<Place>,
    /// The stable code of this kind of problem: `unknown-rule`.
    pub code: &'static str,
    /// What is wrong, a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line of the file, without its end.
    pub source: String,
}

impl Diagnostic {
    /// File, line, column and message, in one line.
    pub fn brief(&self) -> String {
        let place = self.place.map_or(String::new(), |place| format!(":{}:{}", place.line, place.column));
        printable(&format!("{}{place}: {}", self.file, self.message))
    }
}

/// The text with characters that a terminal acts on replaced, since it comes from files. Each is replaced by one character, so that
/// carets stay in place.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c != '\t' && is_acted_on(c) { '\u{fffd}' } else { c }).collect()
}
