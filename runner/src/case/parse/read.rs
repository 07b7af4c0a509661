//! Reads raw values from a file's bytes, skipping entries that are wrong.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_yaml::Options;
use serde_yaml::options::MergeKeyPolicy;

use super::{errors, recover};
use crate::case::diagnostics::{Diagnostic, Place, Report};

/// The longest file that is read, in bytes. Cases are far shorter.
pub(in crate::case) const LONGEST: usize = 128 * 1024;

/// The most structural errors of one file that are reported.
const MOST_WRONG: usize = 20;

/// The text of a file, without a byte order mark.
///
/// Errors: it is not UTF-8, or longer than [`LONGEST`].
pub(in crate::case) fn decode(file: &str, bytes: &[u8]) -> Result<Arc<str>, Vec<Diagnostic>> {
    let refuse = |text: &str, place, code, message: String, help: &str| {
        let mut report = Report::new(file, text.into());
        report.add_help(place, code, message, help);
        Err(report.finish())
    };
    if bytes.len() > LONGEST {
        let message = format!("the file has more than {LONGEST} bytes");
        return refuse("", Place::START, "too-large", message, "split it");
    }
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).into()),
        Err(error) => {
            let text = String::from_utf8_lossy(bytes);
            let place = Place::of_byte(&text, error.valid_up_to());
            let message = "this byte is not part of a UTF-8 text".to_owned();
            refuse(&text, place, "not-utf8", message, "save the file as UTF-8")
        }
    }
}

/// Reads one document. Entries that are wrong are reported and skipped; `None` if nothing can be read.
pub(in crate::case) fn read<T: DeserializeOwned>(text: &str, report: &mut Report) -> Option<T> {
    if text.lines().all(|line| line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
        report.add(Place::START, "empty-file", "the file says nothing");
        return None;
    }
    let mut left = Cow::Borrowed(text);
    for _ in 0..MOST_WRONG {
        match serde_yaml::from_str_with_options(&left, options()) {
            Ok(value) => return Some(value),
            Err(error) => {
                let error = errors::innermost(&error);
                errors::report(error, report);
                let Some(without) = recover::without(&left, error) else {
                    errors::blame_comment(text, error, report);
                    return None;
                };
                report.pass_over(without.path);
                left = Cow::Owned(without.text);
            }
        }
    }
    None
}

/// Options of the YAML crate: strict, with limits far above what case files need.
fn options() -> Options {
    serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        merge_keys: MergeKeyPolicy::Error,
        budget: serde_yaml::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_documents: 1,
            max_depth: 16,
            max_nodes: 20_000,
            max_events: 100_000,
        },
    }
}

/// A value in the notation of case files.
#[cfg(test)]
pub(crate) fn from_text<T: DeserializeOwned>(text: &str) -> T {
    serde_yaml::from_str_with_options(text, options()).unwrap_or_else(|error| panic!("{text}: {error}"))
}
