//! What the YAML crate says is wrong, in this project's words.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{Error, Location};

use crate::case::diagnostics::{Place, Report, did_you_mean};

/// What most values are.
const TEXT: &str = "a word or text";

/// Where the YAML crate says something stands.
pub(super) fn place(location: Location) -> Place {
    let bound = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    let length = usize::try_from(location.span().len()).unwrap_or(1);
    Place { line: bound(location.line()), column: bound(location.column()), length: length.max(1) }
}

/// Words an error of the YAML crate the way this crate words its own.
pub(super) fn report(error: &Error, report: &mut Report) {
    let at = error.location().map_or(Place::START, place);
    match error {
        Error::SerdeUnknownField { field, expected, .. } => report.push(
            at,
            "unknown-key",
            format!("unknown key `{}`", short(field)),
            did_you_mean(field, expected.iter().copied()),
        ),
        Error::SerdeUnknownVariant { variant, expected, .. } => report.push(
            at,
            "unknown-word",
            format!("unknown word `{}`", short(variant)),
            did_you_mean(variant, expected.iter().copied()),
        ),
        // What was taken out of the text because it is wrong is told already.
        Error::SerdeMissingField { field, .. } if report.passed_over(field) => {}
        Error::SerdeMissingField { field, .. } => {
            report.add(at, "missing-key", format!("the key `{field}` is missing"))
        }
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map(|key| format!("the key `{}`", short(key))).unwrap_or("a key".to_owned());
            report.add_help(
                at,
                "duplicate-key",
                format!("{key} stands twice in one map"),
                "join the two, or take one out",
            );
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
            report.add_help(
                at,
                "wrong-type",
                "expected true or false",
                "`yes`, `on` and numbers are not taken for them",
            );
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
        Error::MultipleDocuments { .. } => {
            report.add_help(at, "two-documents", "a second document starts here", "one file holds one document");
        }
        Error::MergeKeyNotAllowed { .. } | Error::UnknownAnchor { .. } | Error::AliasError { .. } => {
            anchors(at, report)
        }
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Anchors { .. }
            | BudgetBreach::Aliases { .. }
            | BudgetBreach::AliasAnchorRatio { .. }
            | BudgetBreach::RecordedAnchorEvents { .. }
            | BudgetBreach::RecordedAnchorBytes { .. } => anchors(at, report),
            BudgetBreach::Documents { .. } => {
                report.add_help(at, "two-documents", "a second document starts here", "one file holds one document");
            }
            _ => report.add(at, "too-complex", "this is nested too deep or too large for a case file"),
        },
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

/// Adds to an error of syntax that a comment seems to end a text too early, if one in the lines before does.
pub(super) fn blame_comment(text: &str, error: &Error, report: &mut Report) {
    let Some(line) = error.location().map(|location| place(location).line) else { return };
    let starts_comment =
        |line: &str| line.split(" #").skip(1).any(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    let near: Vec<(usize, &str)> = text.lines().enumerate().take(line).skip(line.saturating_sub(3)).collect();
    if let Some((index, _)) = near.into_iter().rev().find(|(_, line)| starts_comment(line)) {
        report.help_last(format!("` #` starts a comment in line {}: put the text there in quotes", index + 1));
    }
}

fn anchors(at: Place, report: &mut Report) {
    report.add_help(at, "anchor", "anchors, aliases and merge keys are not used here", "write the value out");
}

/// The error without the wrappers that only say where it was seen.
pub(super) fn innermost(mut error: &Error) -> &Error {
    while let Error::WithSnippet { error: inner, .. } | Error::AliasError { error: inner, .. } = error {
        error = inner;
    }
    error
}

/// What was expected, in the words of the format page instead of those of a programming language.
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

/// At most a line's worth of a text that comes from the file.
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
