use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, Words};

/// A looked-up word and where it stands.
pub(in crate::case) type Known<T> = (T, Place);

/// Looks up every word of a list. A word may stand for several values; none means that it is unknown.
pub(super) fn words<T: Copy + PartialEq>(
    list: &Words,
    what: (&'static str, &str),
    known: &[&str],
    find: impl Fn(&str) -> Vec<T>,
    report: &mut Report,
) -> Vec<Known<T>> {
    let (code, noun) = what;
    let mut values: Vec<Known<T>> = Vec::new();
    if list.value.is_empty() {
        report.add_help(list.place, "empty-list", format!("this list names no {noun}"), "name one");
    }
    for word in &list.value {
        let found = find(&word.value);
        if found.is_empty() {
            let help = did_you_mean(&word.value, known.iter().copied());
            report.push(word.place, code, format!("unknown {noun} `{}`", word.value), help);
        }
        for value in found {
            if values.iter().any(|(earlier, _)| *earlier == value) {
                report.add(word.place, "duplicate-entry", format!("{noun} `{}` is already in this list", word.value));
                break;
            }
            values.push((value, word.place));
        }
    }
    values
}

/// Looks up one word in a table.
pub(super) fn word<T: Copy>(
    word: &At<String>,
    noun: &str,
    table: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    let found = crate::case::words::of(table, &word.value);
    if found.is_none() {
        let help = did_you_mean(&word.value, table.iter().map(|(known, _)| *known));
        report.push(word.place, "unknown-word", format!("unknown {noun} `{}`", word.value), help);
    }
    found
}

/// Checks that a number is one of `range`.
pub(super) fn number<T: TryFrom<u64>>(
    number: &At<u64>,
    noun: &str,
    range: std::ops::RangeInclusive<u64>,
    report: &mut Report,
) -> Option<T> {
    if !range.contains(&number.value) {
        let message = format!("{noun} is {} to {}, not {}", range.start(), range.end(), number.value);
        report.add(number.place, "out-of-range", message);
        return None;
    }
    T::try_from(number.value).ok()
}

/// The value of a key that must be there; `owner` is where to say that it is not.
pub(super) fn required<'a, T>(value: &'a Maybe<T>, key: &str, owner: Place, report: &mut Report) -> Option<&'a T> {
    if value.get().is_none() {
        report.add(owner, "missing-key", format!("the key `{key}` is missing"));
    }
    value.get()
}

/// A required text that says something, on one line.
pub(super) fn line(value: &Maybe<At<String>>, key: &str, owner: Place, report: &mut Report) -> String {
    let Some(text) = required(value, key, owner, report) else { return String::new() };
    filled(text, key, report)
}

/// A text that says something; line breaks become spaces.
pub(super) fn filled(text: &At<String>, key: &str, report: &mut Report) -> String {
    let words: Vec<&str> = text.value.split_whitespace().collect();
    if words.is_empty() {
        report.add(text.place, "empty-value", format!("`{key}` says nothing"));
    }
    words.join(" ")
}
