//! Errors of the YAML crate, as this project's diagnostics.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{Error, Location};

use crate::case::diagnostics::{Place, Report, did_you_mean};

/// What is expected of most values.
const TEXT: &str = "a word or text";

/// A place that the YAML crate gives.
pub(super) fn place(location: Location) -> Place {
    let bound = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    let length = usize::try_from(location.span().len()).unwrap_or(1);
    Place { line: bound(location.line()), column: bound(location.column()), length: length.max(1) }
}

/// Reports an error of the YAML crate in the wording of this crate.
pub(super) fn report(error: &Error, report: &mut Report) {
    let at = error.location().map_or(Place::START, place);
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            let help = did_you_mean(field, expected.iter().copied());
            report.push(at, "unknown-key", format!("unknown key `{}`", short(field)), help);
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let help = did_you_mean(variant, expected.iter().copied());
            report.push(at, "unknown-word", format!("unknown word `{}`", short(variant)), help);
        }
        // A key whose value was taken out is reported already.
        Error::SerdeMissingField { field, .. } if report.passed_over(field) => {}
        Error::SerdeMissingField { field, .. } => {
            report.add(at, "missing-key", format!("the key `{field}` is missing"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map_or("a key".to_owned(), |key| format!("the key `{}`", short(key)));
            let message = format!("{key} stands twice in one map");
            report.add_help(at, "duplicate-key", message, "join the two, or take one out");
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            report.add(at, "wrong-type", format!("expected {}, found {}", plain(expected), found(unexpected)));
        }
        Error::SerdeInvalidLength { expected, .. } => {
            report.add(at, "wrong-type", format!("expected {}", plain(expected)));
        }
        Error::InvalidScalar { ty, .. } => {
            report.add(at, "wrong-type", format!("expected {}", plain(ty)));
        }
        Error::Unexpected { expected, .. } => {
            let unquoted = plain(expected) == TEXT && !report.from(at).starts_with(['{', '[', '-', '"', '\'']);
            let help = unquoted.then(|| "a text with `: ` in it stands in quotes".to_owned());
            report.push(at, "wrong-type", format!("expected {}", plain(expected)), help);
        }
        Error::InvalidBooleanStrict { .. } => {
            let help = "`yes`, `on` and numbers are not taken for them";
            report.add_help(at, "wrong-type", "expected true or false", help);
        }
        Error::NullIntoString { .. } => report.add(at, "empty-value", "a word or text is missing here"),
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. } => {
            report.add(at, "wrong-type", "expected a word, or a map with one key");
        }
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => {
            report.add_help(at, "wrong-type", "expected a map with one key", "write each as an item of its own");
        }
        Error::UnexpectedValueForUnitEnumVariant { .. } | Error::UnexpectedValueForUnit { .. } => {
            report.add_help(at, "wrong-type", "this word takes no value", "write the word alone");
        }
        Error::Eof { .. } => report.add(at, "empty-file", "the file is empty or ends too early"),
        Error::MultipleDocuments { .. } | Error::Budget { breach: BudgetBreach::Documents { .. }, .. } => {
            report.add_help(at, "two-documents", "a second document starts here", "one file holds one document");
        }
        Error::MergeKeyNotAllowed { .. }
        | Error::UnknownAnchor { .. }
        | Error::AliasError { .. }
        | Error::Budget {
            breach:
                BudgetBreach::Anchors { .. }
                | BudgetBreach::Aliases { .. }
                | BudgetBreach::AliasAnchorRatio { .. }
                | BudgetBreach::RecordedAnchorEvents { .. }
                | BudgetBreach::RecordedAnchorBytes { .. },
            ..
        } => {
            report.add_help(at, "anchor", "anchors, aliases and merge keys are not used here", "write the value out");
        }
        Error::Budget { .. } => {
            report.add(at, "too-complex", "this is nested too deep or too large for a case file");
        }
        Error::UnsupportedTag { .. } | Error::TaggedEnumMismatch { .. } | Error::TaggedStructFieldName { .. } => {
            report.add_help(at, "tag", "tags (`!...`) are not used here", "write the value without it");
        }
        Error::QuotingRequired { .. } => report.add(at, "yaml", "put quotes around this text"),
        Error::InvalidUtf8Input => report.add(at, "not-utf8", "the file is not UTF-8"),
        Error::Message { msg, .. } | Error::ExternalMessage { msg, .. } => {
            report.add(at, "yaml", lowercase(&short(msg)))
        }
        _ => report.add(at, "yaml", "this is not a YAML value that fits here"),
    }
}

/// Adds to the last syntax error that a comment seems to cut a text short, if one of the last three lines has such a comment.
pub(super) fn blame_comment(text: &str, error: &Error, report: &mut Report) {
    let Some(line) = error.location().map(|location| place(location).line) else { return };
    let starts_comment =
        |line: &str| line.split(" #").skip(1).any(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    let near: Vec<(usize, &str)> = text.lines().enumerate().take(line).skip(line.saturating_sub(3)).collect();
    if let Some((index, _)) = near.into_iter().rev().find(|(_, line)| starts_comment(line)) {
        report.help_last(format!("` #` starts a comment in line {}: put the text there in quotes", index + 1));
    }
}

/// The error without the wrappers that only add its location.
pub(super) fn innermost(mut error: &Error) -> &Error {
    while let Error::WithSnippet { error: inner, .. } | Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    error
}

/// What was expected, in the words of the format page.
fn plain(expected: &str) -> &str {
    match expected {
        "u64" | "u32" | "u16" | "u8" | "i64" | "integer" | "unsigned integer" => "a whole number that is not negative",
        "bool" | "boolean" | "a boolean" => "true or false",
        "string" | "a string" | "str" | "string scalar" | "scalar" => TEXT,
        "mapping start" | "mapping" | "a map" | "map" => "a map",
        "sequence start" | "sequence" | "a sequence" => "a list",
        other => other,
    }
}

/// What was found, in the words of the format page.
fn found(unexpected: &str) -> String {
    let words = [
        ("string", "the text"),
        ("boolean", "the boolean"),
        ("integer", "the number"),
        ("floating point", "the number"),
    ];
    match unexpected {
        "sequence" => return "a list".to_owned(),
        "map" => return "a map".to_owned(),
        "unit value" | "Option value" => return "nothing".to_owned(),
        _ => {}
    }
    for (theirs, ours) in words {
        if let Some(rest) = unexpected.strip_prefix(theirs) {
            return format!("{ours}{}", short(rest));
        }
    }
    short(unexpected)
}

/// A text that comes from the file, cut to 80 characters.
fn short(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() { format!("{start}...") } else { start }
}

fn lowercase(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
