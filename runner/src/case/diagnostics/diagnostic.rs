use reports::is_acted_on;

use super::Place;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, as it is shown; or the folder.
    pub file: String,
    /// Where in the file; none if it is about the file or folder as a whole.
    pub place: Option<Place>,
    /// A stable word for this kind of problem: `unknown-rule`.
    pub code: &'static str,
    /// What is wrong, a lowercase fragment.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line it stands on, without its end.
    pub source: String,
}

impl Diagnostic {
    /// File, line, column and what is wrong, in one line.
    pub fn brief(&self) -> String {
        let place = self.place.map_or(String::new(), |place| format!(":{}:{}", place.line, place.column));
        printable(&format!("{}{place}: {}", self.file, self.message))
    }
}

/// Names and texts come from files: keep what a terminal acts on out of it. A character stays one character, so that carets
/// stand where they should.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c != '\t' && is_acted_on(c) { '\u{fffd}' } else { c }).collect()
}
