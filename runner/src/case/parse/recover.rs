//! Removes an entry that cannot be read from a text, so that the rest can be checked.

use serde_yaml::Error;

use super::outline::{Entry, entries};
use crate::case::diagnostics::nearest;

/// A text without the entry that an error is about, and what was taken out.
pub(super) struct TextWithout {
    /// The text with the entry replaced by blanks, so that everything else keeps its place.
    pub(super) text: String,
    /// The keys that contain the entry, outermost first, and its own.
    pub(super) path: Vec<String>,
}

/// Removes the entry that `error` concerns; `None` if the text as a whole is not YAML, or nothing else would be left.
pub(super) fn without(text: &str, error: &Error) -> Option<TextWithout> {
    let at = usize::try_from(error.location()?.span().offset()).ok()?;
    let entries = entries(text)?;
    let about_key = matches!(error, Error::SerdeUnknownField { .. } | Error::DuplicateMappingKey { .. });
    let mut chosen = if about_key {
        entries.iter().rposition(|entry| entry.key == Some(at))?
    } else {
        let within = |entry: &Entry| (entry.value..entry.all.end.max(entry.value + 1)).contains(&at);
        entries.iter().position(|entry| entry.value == at).or_else(|| entries.iter().rposition(within))?
    };
    // A map or list that would be left empty is removed, too.
    while entries[chosen].siblings < 2 {
        chosen = entries[chosen].parent?;
    }
    let mut path: Vec<String> = Vec::new();
    let mut around = Some(chosen);
    while let Some(index) = around {
        path.push(entries[index].name.clone());
        around = entries[index].parent;
    }
    path.retain(|name| !name.is_empty());
    path.reverse();
    if let Error::SerdeUnknownField { field, expected, .. } = error
        && let Some(meant) = nearest(field, expected.iter().copied())
        && let Some(last) = path.last_mut()
    {
        meant.clone_into(last);
    }
    let text = blank(text, &entries[chosen]);
    // Removing a part of unusual YAML may leave text that is not YAML.
    super::outline::entries(&text)?;
    Some(TextWithout { text, path })
}

fn blank(text: &str, entry: &Entry) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut end = entry.all.end.min(chars.len());
    // In a flow collection the comma after the entry is removed, too.
    let behind = chars.get(end..).unwrap_or_default().iter().position(|c| !c.is_whitespace());
    if let Some(comma) = behind.filter(|offset| chars.get(end + offset) == Some(&',')) {
        end += comma + 1;
    }
    for c in chars.get_mut(entry.all.start..end).unwrap_or_default() {
        if !matches!(c, '\n' | '\r') {
            *c = ' ';
        }
    }
    chars.into_iter().collect()
}
