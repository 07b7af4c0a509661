use std::fmt;

use serde_json::Value;

use super::SymptomPattern;

impl fmt::Display for SymptomPattern {
    /// In the notation of the files: `{ mismatch: { want: nmi, got: "*" } }`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&serde_json::to_value(self).map_err(|_| fmt::Error)?, f)
    }
}

/// The keys that come first, in this order; others follow by name.
const ORDER: [&str; 10] = ["name", "exception", "label", "access", "suberror", "at", "want", "once", "got", "again"];

/// Writes JSON as YAML in one line, with quotes only where they are needed.
fn write(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()));
            for (index, (key, value)) in entries.into_iter().enumerate() {
                write!(f, "{}{key}: ", if index == 0 { "{ " } else { ", " })?;
                write(value, f)?;
            }
            f.write_str(if map.is_empty() { "{}" } else { " }" })
        }
        Value::Array(list) => {
            f.write_str("[")?;
            for (index, value) in list.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write(value, f)?;
            }
            f.write_str("]")
        }
        Value::String(text) if is_bare(text) => f.write_str(text),
        other => write!(f, "{other}"),
    }
}

/// Whether YAML reads the text without quotes as this string.
fn is_bare(text: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_' || (c.is_ascii_digit() && text.contains('-'));
    text.starts_with(starts)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | ' ' | '/' | '.'))
        && !text.ends_with(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        )
}
