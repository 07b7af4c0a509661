//! The extent of each entry of a YAML text, for [`recover`](super::recover).

use std::ops::Range;

use granit_parser::{Event, Parser, Span};

/// The extent of an entry of a map, or of an item of a list, in characters from the start of the text.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// From its key or dash to the end of its value.
    pub(super) all: Range<usize>,
    /// The start of its key; `None` for an item of a list.
    pub(super) key: Option<usize>,
    /// The start of its value.
    pub(super) value: usize,
    /// The key; empty for an item of a list.
    pub(super) name: String,
    /// The index of the entry that contains it.
    pub(super) parent: Option<usize>,
    /// The number of entries in its map or list.
    pub(super) siblings: usize,
}

/// A map or list that is still open.
struct Open {
    map: bool,
    /// The entry whose value it is.
    owner: Option<usize>,
    children: Vec<usize>,
    /// A key that has been read, and whose value follows.
    key: Option<(Range<usize>, String)>,
}

/// The entries of a text, outer ones before inner ones; `None` if it is not YAML, or has aliases.
pub(super) fn entries(text: &str) -> Option<Vec<Entry>> {
    let chars: Vec<char> = text.chars().collect();
    let mut entries: Vec<Entry> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        match event {
            Event::Scalar(value, ..) => node(&mut entries, &mut open, span, Some(&value), &chars),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                node(&mut entries, &mut open, span, None, &chars);
                let is_key = open.last().is_some_and(|parent| parent.map && parent.key.is_some());
                let owner = open.last().filter(|_| !is_key).and_then(|parent| parent.children.last().copied());
                let map = matches!(event, Event::MappingStart(..));
                open.push(Open { map, owner, children: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let closed = open.pop()?;
                let last = closed.children.last().map_or(0, |child| entries[*child].all.end);
                for child in &closed.children {
                    entries[*child].siblings = closed.children.len();
                }
                // The parser ends a block at the next token, and a flow collection at its bracket.
                let bracket = span.end.index().checked_sub(1).and_then(|at| chars.get(at));
                let end = if matches!(bracket, Some(']' | '}')) { span.end.index() } else { last };
                if let Some(owner) = closed.owner {
                    let all = &mut entries[owner].all;
                    all.end = all.end.max(end);
                }
            }
            Event::Alias(_) => return None,
            _ => {}
        }
    }
    Some(entries)
}

/// Records a scalar, or the start of a map or list.
fn node(entries: &mut Vec<Entry>, open: &mut [Open], span: Span, scalar: Option<&str>, chars: &[char]) {
    let Some(parent) = open.last_mut() else { return };
    let here = span.start.index()..span.end.index();
    if parent.map && parent.key.is_none() {
        parent.key = Some((here, scalar.unwrap_or_default().to_owned()));
        return;
    }
    let (key, name) = parent.key.take().unzip();
    let name = name.unwrap_or_default();
    let start = key.as_ref().map_or_else(|| dash(chars, here.start), |key| key.start);
    let entry = Entry {
        all: start..here.end,
        key: key.map(|key| key.start),
        value: here.start,
        name,
        parent: parent.owner,
        siblings: 0,
    };
    parent.children.push(entries.len());
    entries.push(entry);
}

/// The start of the item whose value starts at `value`: its dash, or the value itself in a list between brackets.
fn dash(chars: &[char], value: usize) -> usize {
    let before = chars.get(..value).unwrap_or_default();
    match before.iter().rposition(|c| !c.is_whitespace()) {
        Some(at) if before[at] == '-' => at,
        _ => value,
    }
}
