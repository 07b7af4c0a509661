//! Collects and sorts the problems of files.

use std::fmt;
use std::sync::Arc;

use super::{Diagnostic, Place, render};

/// Problems of files, by file and line, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The problems in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// The number of problems.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them as text for a terminal or a log.
    pub fn render(&self, colour: bool) -> String {
        self.list.iter().map(|one| render::render(one, colour)).collect::<Vec<_>>().join("\n")
    }

    /// The problems of several collections.
    pub fn together(several: impl IntoIterator<Item = Diagnostics>) -> Self {
        Self::new(several.into_iter().flat_map(|one| one.list).collect())
    }

    /// The problems of one file.
    pub fn of_file(&self, file: &str) -> Self {
        Self::new(self.list.iter().filter(|one| one.file == file).cloned().collect())
    }

    pub(in crate::case) fn new(mut list: Vec<Diagnostic>) -> Self {
        list.sort();
        list.dedup();
        Self { list }
    }

    /// One problem of a file or folder as a whole.
    pub(in crate::case) fn whole(file: impl Into<String>, code: &'static str, message: String, help: &str) -> Self {
        Self::new(vec![Diagnostic {
            file: file.into(),
            place: None,
            code,
            message,
            help: Some(help.to_owned()),
            source: String::new(),
        }])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// Collects the problems of one file.
#[derive(Debug)]
pub(in crate::case) struct Report {
    file: String,
    text: Arc<str>,
    list: Vec<Diagnostic>,
    /// For each part of the file that was skipped as wrong, the keys that contain it, outermost first.
    passed_over: Vec<Vec<String>>,
}

/// Codes of problems that may follow from a skipped part of the file, by the top-level key that contains the part. They are not
/// reported.
const FOLLOWS: [(&str, &[&str]); 4] = [
    (
        "guest",
        &[
            "assembly",
            "end-of-section",
            "never-seen",
            "no-exit",
            "no-frame",
            "no-l2",
            "no-peer",
            "not-a-snap",
            "nothing-raises",
            "other-processor",
            "peer-snap",
            "unexpected-mark",
            "unknown-label",
            "unknown-mark",
            "unknown-snap",
        ],
    ),
    (
        "expect",
        &["never-seen", "no-earlier-record", "not-a-choice", "overrides-nothing", "same-for-both", "unexpected-mark"],
    ),
    ("host", &["nothing-raises"]),
    ("paths", &["no-paths"]),
];

impl Report {
    /// An empty report on `file` with the content `text`.
    pub(in crate::case) fn new(file: &str, text: Arc<str>) -> Self {
        Self { file: file.to_owned(), text, list: Vec::new(), passed_over: Vec::new() }
    }

    /// Adds a problem.
    pub(in crate::case) fn add(&mut self, place: Place, code: &'static str, message: impl Into<String>) {
        self.push(place, code, message.into(), None);
    }

    /// Adds a problem with help.
    pub(in crate::case) fn add_help(
        &mut self,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(place, code, message.into(), Some(help.into()));
    }

    /// Adds a problem, with help if there is any.
    pub(in crate::case) fn push(&mut self, place: Place, code: &'static str, message: String, help: Option<String>) {
        let follows = |(key, codes): &(&str, &[&str])| codes.contains(&code) && self.passed_below(key);
        if FOLLOWS.iter().any(follows) {
            return;
        }
        // A place past the end of the file, where something is missing, is shown at the last line.
        let lines = self.text.lines().count().max(1);
        let line = place.line.clamp(1, lines);
        let source = self.text.lines().nth(line - 1).unwrap_or_default().to_owned();
        let width = source.chars().count();
        let column = if line == place.line { place.column.clamp(1, width + 1) } else { width + 1 };
        let length = place.length.clamp(1, (width + 1 - column).max(1));
        let place = Some(Place { line, column, length });
        self.list.push(Diagnostic { file: self.file.clone(), place, code, message, help, source });
    }

    /// Notes that a part of the file was skipped, whose problem is reported already.
    pub(in crate::case) fn pass_over(&mut self, path: Vec<String>) {
        self.passed_over.push(path);
    }

    /// Whether this key, or a part below it, was skipped.
    pub(in crate::case) fn passed_over(&self, key: &str) -> bool {
        self.passed_over.iter().any(|path| path.iter().any(|name| name == key))
    }

    /// Whether a part below this top-level key was skipped.
    pub(in crate::case) fn passed_below(&self, key: &str) -> bool {
        self.passed_over.iter().any(|path| path.first().is_some_and(|first| first == key))
    }

    /// Whether any part of the file was skipped.
    pub(in crate::case) fn is_partial(&self) -> bool {
        !self.passed_over.is_empty()
    }

    /// Adds help to the last problem, if it has none.
    pub(in crate::case) fn help_last(&mut self, help: String) {
        if let Some(last) = self.list.last_mut() {
            last.help.get_or_insert(help);
        }
    }

    /// The text of the file from a place on.
    pub(in crate::case) fn from(&self, place: Place) -> &str {
        let line = match place.line.checked_sub(2) {
            None => 0,
            Some(breaks) => self.text.match_indices('\n').nth(breaks).map_or(self.text.len(), |(at, _)| at + 1),
        };
        let rest = self.text.get(line..).unwrap_or_default();
        let column = rest.char_indices().nth(place.column - 1).map_or(rest.len(), |(at, _)| at);
        rest.get(column..).unwrap_or_default()
    }

    /// Whether there is any problem.
    pub(in crate::case) fn has_any(&self) -> bool {
        !self.list.is_empty()
    }

    /// Whether there is a problem with this code.
    pub(in crate::case) fn has(&self, code: &str) -> bool {
        self.list.iter().any(|one| one.code == code)
    }

    /// Whether there is a problem in this line.
    pub(in crate::case) fn has_at(&self, line: usize) -> bool {
        self.list.iter().any(|one| one.place.is_some_and(|place| place.line == line))
    }

    /// The problems.
    pub(in crate::case) fn finish(self) -> Vec<Diagnostic> {
        self.list
    }
}
