//! Case ids: paths of lowercase words.

use std::sync::Arc;

use super::diagnostics::{Diagnostic, Place, Report};

/// Whether `part` is made of lowercase words with single hyphens between them.
pub(super) fn is_kebab(part: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    part.split('-').all(word)
}

/// The most parts, with `/` between them, that an id has.
const LONGEST: usize = 8;
/// Names of the files and folders that are not cases.
const TAKEN: [&str; 3] = ["known-deviations", "errata", "rules"];

/// Whether this can be the id of a case.
pub fn is_id(text: &str) -> bool {
    let mut parts = text.split('/');
    let whole = parts.clone().all(is_kebab) && parts.clone().count() <= LONGEST;
    whole && !TAKEN.contains(&text) && parts.next() != Some("rules")
}

/// The id of the case in the file at `path` below the cases' folder.
///
/// Errors: the path does not make an id.
pub(super) fn of(path: &str, shown: &str, text: &Arc<str>) -> Result<String, Vec<Diagnostic>> {
    let refuse = |message: String, help: &str| {
        let mut report = Report::new(shown, Arc::clone(text));
        report.add_help(Place::START, "bad-id", message, help);
        Err(report.finish())
    };
    let Some(id) = path.strip_suffix(".yaml") else {
        return refuse("a file of the suite ends in `.yaml`".to_owned(), "rename the file");
    };
    if !id.split('/').all(is_kebab) {
        let message = format!("`{id}` is not a case's id");
        return refuse(message, "use lowercase words with `-` between them for files and folders");
    }
    Ok(id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{is_id, is_kebab};

    #[test]
    fn ids_are_lowercase_words() {
        assert!(is_kebab("second-nmi-waits") && is_kebab("int-2"));
        for bad in ["", "-", "a-", "a--b", "A", "a_b", "a b", "ä", ".", ".."] {
            assert!(!is_kebab(bad), "{bad}");
        }
    }

    #[test]
    fn ids_are_those_of_cases() {
        assert!(is_id("blocking/second-nmi-waits") && is_id("rules-are-tested") && is_id("a/rules/b"));
        for bad in
            ["", "/a", "a/", "a//b", "../a", "rules", "rules/a", "errata", "known-deviations", "a/b/c/d/e/f/g/h/i"]
        {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
