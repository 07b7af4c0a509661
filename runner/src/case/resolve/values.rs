//! Single values: words of a table, numbers of a range, required keys, prose.

use guests::Mode;

use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{At, Maybe, Words};

/// A looked-up word and where it stands.
pub(in crate::case) type Known<T> = (T, Place);

/// Looks up every word of a list. `find` returns all values that a word stands for, and nothing for an unknown one; `code` is that of
/// unknown words, `unknown-` and a noun.
pub(super) fn words<T: Copy + PartialEq>(
    list: &Maybe<Words>,
    code: &'static str,
    known: &[&str],
    find: impl Fn(&str) -> Vec<T>,
    report: &mut Report,
) -> Vec<Known<T>> {
    let noun = code.trim_start_matches("unknown-");
    let mut values: Vec<Known<T>> = Vec::new();
    if let Some(list) = list.get().filter(|list| list.value.is_empty()) {
        report.add_help(list.place, "empty-list", format!("this list names no {noun}"), "name one");
    }
    for word in list.items() {
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

/// Looks up a list of modes.
pub(super) fn modes(list: &Maybe<Words>, report: &mut Report) -> Vec<Known<Mode>> {
    words(list, "unknown-mode", &Mode::ALL.map(Mode::name), |word| word.parse().into_iter().collect(), report)
}

/// The values without their places.
pub(super) fn without_places<T: Copy>(known: &[Known<T>]) -> Vec<T> {
    known.iter().map(|(value, _)| *value).collect()
}

/// The words of a list as they are. Reports an empty list with the message `empty`, and words that stand twice; `noun` is what goes
/// before such a word.
pub(super) fn distinct(list: &Words, noun: &str, empty: &str, report: &mut Report) -> Vec<String> {
    if list.value.is_empty() {
        report.add(list.place, "empty-list", empty);
    }
    let mut seen: Vec<String> = Vec::new();
    for word in &list.value {
        if seen.contains(&word.value) {
            report.add(word.place, "duplicate-entry", format!("{noun}`{}` is already in this list", word.value));
        }
        seen.push(word.value.clone());
    }
    seen
}

/// Looks up one word in a table.
pub(super) fn word<T: Copy>(
    word: &At<String>,
    noun: &str,
    table: &[(&'static str, T)],
    report: &mut Report,
) -> Option<T> {
    let found = crate::case::vocabulary::of(table, &word.value);
    if found.is_none() {
        let help = did_you_mean(&word.value, table.iter().map(|(known, _)| *known));
        report.push(word.place, "unknown-word", format!("unknown {noun} `{}`", word.value), help);
    }
    found
}

/// Checks that a number is in `range`.
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

/// The value of a required key. A missing one is reported at `owner`.
pub(super) fn required<'a, T>(value: &'a Maybe<T>, key: &str, owner: Place, report: &mut Report) -> Option<&'a T> {
    if value.get().is_none() && !report.passed_over(key) {
        report.add(owner, "missing-key", format!("the key `{key}` is missing"));
    }
    value.get()
}

/// A required text that is not empty, on one line.
pub(super) fn line(value: &Maybe<At<String>>, key: &str, owner: Place, report: &mut Report) -> String {
    let Some(text) = required(value, key, owner, report) else { return String::new() };
    filled(text, key, report)
}

/// A required text in prose, on one line.
pub(super) fn prose_line(value: &Maybe<At<String>>, key: &str, owner: Place, report: &mut Report) -> String {
    let Some(text) = required(value, key, owner, report) else { return String::new() };
    prose(text, key, report)
}

/// A text in prose: it is not empty, and no comment cuts it short.
pub(super) fn prose(text: &At<String>, key: &str, report: &mut Report) -> String {
    cut(text, key, report);
    filled(text, key, report)
}

/// Reports an unquoted text that ends where ` #` starts a comment.
fn cut(text: &At<String>, key: &str, report: &mut Report) {
    let written = report.from(text.place);
    // The length that the YAML crate gives may include the blanks after the text.
    let end = written.char_indices().nth(text.place.length).map_or(written.len(), |(at, _)| at);
    let own = written.get(..end).unwrap_or_default().trim_end();
    let behind = written.get(own.len()..).unwrap_or_default();
    let blanks = behind.chars().take_while(|c| matches!(c, ' ' | '\t')).count();
    let comment = behind.trim_start_matches([' ', '\t']).lines().next().unwrap_or_default();
    let plain = !own.starts_with(['"', '\'', '|', '>']);
    if !plain || blanks == 0 || !comment.starts_with('#') {
        return;
    }
    let (before, last) = own.rsplit_once('\n').map_or(("", own), |(before, last)| (before, last));
    let lines = before.matches('\n').count() + usize::from(last.len() != own.len());
    let indentation = if lines == 0 { text.place.column } else { 1 };
    let at = Place {
        line: text.place.line + lines,
        column: indentation + last.chars().count() + blanks,
        length: comment.trim_end().chars().count(),
    };
    let message = format!("`{key}` ends here: ` #` starts a comment");
    report.add_help(at, "cut-by-comment", message, "put the text in quotes, or the comment on a line of its own");
}

/// Capitalized names with which a fragment may start.
const NAMES: [&str; 5] = ["Intel", "Linux", "Debian", "Bochs", "Hyper"];

/// One sentence of prose that becomes part of a line: it starts in lowercase or with a name, and has no full stop.
pub(super) fn fragment(text: &At<String>, key: &str, report: &mut Report) -> String {
    let sentence = prose(text, key, report);
    let mut chars = sentence.chars();
    let capital = chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase);
    let name = sentence.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|word| NAMES.contains(&word));
    if capital && !name {
        report.add(text.place, "prose-form", format!("start `{key}` with a lowercase letter: it is part of a line"));
    }
    if sentence.trim_end().contains(|c: char| c.is_control()) {
        report.add(text.place, "prose-form", format!("write `{key}` as one line of printable characters"));
    }
    if sentence.ends_with('.') {
        report.add(text.place, "prose-form", format!("leave out the full stop: `{key}` is part of a line"));
    }
    if let Some((_, next)) = sentence.split_once(". ")
        && next.starts_with(char::is_uppercase)
    {
        let help = "shorten it, or join the two with `;`";
        report.add_help(text.place, "prose-form", format!("`{key}` is one sentence"), help);
    }
    sentence
}

/// A text that is not empty; line breaks become spaces.
pub(super) fn filled(text: &At<String>, key: &str, report: &mut Report) -> String {
    let words: Vec<&str> = text.value.split_whitespace().collect();
    if words.is_empty() {
        report.add(text.place, "empty-value", format!("`{key}` says nothing"));
    }
    words.join(" ")
}
