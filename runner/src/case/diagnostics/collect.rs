//! What is wrong with files, collected and sorted.

use std::fmt;
use std::sync::Arc;

use super::{Diagnostic, Place, render};

/// Everything that is wrong, by file and line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The problems, by file and line, each once.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them as text for a terminal or a log.
    pub fn render(&self, colour: bool) -> String {
        self.list.iter().map(|one| render::render(one, colour)).collect::<Vec<_>>().join("\n")
    }

    /// Those of several, together.
    pub fn together(several: impl IntoIterator<Item = Diagnostics>) -> Self {
        Self::new(several.into_iter().flat_map(|one| one.list).collect())
    }

    /// Those that are about this file.
    pub fn of_file(&self, file: &str) -> Self {
        Self::new(self.list.iter().filter(|one| one.file == file).cloned().collect())
    }

    pub(in crate::case) fn new(mut list: Vec<Diagnostic>) -> Self {
        list.sort();
        list.dedup();
        Self { list }
    }

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

/// Collects what is wrong with one file.
#[derive(Debug)]
pub(in crate::case) struct Report {
    file: String,
    text: Arc<str>,
    list: Vec<Diagnostic>,
    /// Keys around each part of the file that was passed over, outermost first.
    passed_over: Vec<Vec<String>>,
}

/// What seems wrong where a part below a key of the file was passed over: it may be right with that part.
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
    /// Nothing is wrong yet with `file`, which says `text`.
    pub(in crate::case) fn new(file: &str, text: Arc<str>) -> Self {
        Self { file: file.to_owned(), text, list: Vec::new(), passed_over: Vec::new() }
    }

    /// Adds a problem.
    pub(in crate::case) fn add(&mut self, place: Place, code: &'static str, message: impl Into<String>) {
        self.push(place, code, message.into(), None);
    }

    /// Adds a problem and what to do about it.
    pub(in crate::case) fn add_help(
        &mut self,
        place: Place,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(place, code, message.into(), Some(help.into()));
    }

    /// Adds a problem, and what to do about it if that is known.
    pub(in crate::case) fn push(&mut self, place: Place, code: &'static str, message: String, help: Option<String>) {
        let follows = |(key, codes): &(&str, &[&str])| codes.contains(&code) && self.passed_below(key);
        if FOLLOWS.iter().any(follows) {
            return;
        }
        // A place past the end of the file (where something is missing) is shown at its last line.
        let lines = self.text.lines().count().max(1);
        let line = place.line.clamp(1, lines);
        let source = self.text.lines().nth(line - 1).unwrap_or_default().to_owned();
        let width = source.chars().count();
        let column = if line == place.line { place.column.clamp(1, width + 1) } else { width + 1 };
        let length = place.length.clamp(1, (width + 1 - column).max(1));
        let place = Some(Place { line, column, length });
        self.list.push(Diagnostic { file: self.file.clone(), place, code, message, help, source });
    }

    /// Notes that a part of the file was passed over, of which it is told already what is wrong with it.
    pub(in crate::case) fn pass_over(&mut self, path: Vec<String>) {
        self.passed_over.push(path);
    }

    /// Whether this key, or a part of what it holds, was passed over.
    pub(in crate::case) fn passed_over(&self, key: &str) -> bool {
        self.passed_over.iter().any(|path| path.iter().any(|name| name == key))
    }

    /// Whether a part of what this key of the file holds was passed over.
    pub(in crate::case) fn passed_below(&self, key: &str) -> bool {
        self.passed_over.iter().any(|path| path.first().is_some_and(|first| first == key))
    }

    /// Whether the file says more than what was looked at.
    pub(in crate::case) fn is_partial(&self) -> bool {
        !self.passed_over.is_empty()
    }

    /// Adds what to do about the problem that was found last, if that is not known.
    pub(in crate::case) fn help_last(&mut self, help: String) {
        if let Some(last) = self.list.last_mut() {
            last.help.get_or_insert(help);
        }
    }

    /// What the file says from a place on.
    pub(in crate::case) fn from(&self, place: Place) -> &str {
        let line = match place.line.checked_sub(2) {
            None => 0,
            Some(breaks) => self.text.match_indices('\n').nth(breaks).map_or(self.text.len(), |(at, _)| at + 1),
        };
        let rest = self.text.get(line..).unwrap_or_default();
        let column = rest.char_indices().nth(place.column - 1).map_or(rest.len(), |(at, _)| at);
        rest.get(column..).unwrap_or_default()
    }

    /// Whether anything is wrong.
    pub(in crate::case) fn has_any(&self) -> bool {
        !self.list.is_empty()
    }

    /// Whether a problem of this kind was found.
    pub(in crate::case) fn has(&self, code: &str) -> bool {
        self.list.iter().any(|one| one.code == code)
    }

    /// Whether anything is wrong in this line.
    pub(in crate::case) fn has_at(&self, line: usize) -> bool {
        self.list.iter().any(|one| one.place.is_some_and(|place| place.line == line))
    }

    /// What was collected.
    pub(in crate::case) fn finish(self) -> Vec<Diagnostic> {
        self.list
    }
}
