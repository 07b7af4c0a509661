//! `findings.yaml`: the data of each finding of FINDINGS.md.

use std::str::FromStr;

use guests::Mode;
use runner::case::KernelRange;
use runner::terms::{Pass, Path};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The file, as it was when this program was built.
const TEXT: &str = include_str!("../../findings.yaml");

/// Why the file cannot be read, with its place.
#[derive(Debug, thiserror::Error)]
#[error("ci/lab/findings.yaml{}: {}", .0.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default(), .0)]
pub struct FindingsError(#[source] Box<serde_yaml::Error>);

/// One finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Its number, by which everything else names it.
    #[serde(rename = "finding")]
    pub number: u32,
    /// Ids of rules that it breaks.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Strategies on which a run showed it.
    #[serde(default)]
    pub seen: Vec<String>,
    /// Kernel releases that have it; `None` if all that were examined do.
    #[serde(default, deserialize_with = "some")]
    pub kernels: Option<KernelRange>,
    /// Functions of KVM that cause it.
    pub cause: Vec<String>,
    /// Trials that show it.
    #[serde(default)]
    pub reproduce: Vec<Reproducer>,
    /// Whether there is a report that can be sent.
    #[serde(default)]
    pub report: bool,
    /// Why nothing reproduces it.
    pub none: Option<String>,
}

/// A trial that shows a finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reproducer {
    /// Target of the lab.
    pub target: String,
    /// Id of the case.
    pub case: String,
    /// Mode, if not the one that `nmi reproduce` chooses.
    #[serde(default, deserialize_with = "some")]
    pub mode: Option<Mode>,
    /// Path, if not the one that `nmi reproduce` chooses.
    #[serde(default, deserialize_with = "some")]
    pub path: Option<Path>,
    /// Pass in which it shows.
    #[serde(default = "plain", deserialize_with = "word")]
    pub pass: Pass,
    /// Why it does not show every time.
    pub sometimes: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    findings: Vec<Finding>,
}

/// All findings, in the order of the file.
///
/// Errors: the file is wrong, which a test tells.
pub fn findings() -> Result<Vec<Finding>, FindingsError> {
    read(TEXT)
}

fn read(text: &str) -> Result<Vec<Finding>, FindingsError> {
    serde_yaml::from_str(text).map(|file: File| file.findings).map_err(|error| FindingsError(Box::new(error)))
}

/// A word that `T` parses.
fn word<'de, D: Deserializer<'de>, T: FromStr>(from: D) -> Result<T, D::Error> {
    let word = String::deserialize(from)?;
    word.parse().map_err(|_| D::Error::custom(format!("`{word}` is no value of this key")))
}

fn some<'de, D: Deserializer<'de>, T: FromStr>(from: D) -> Result<Option<T>, D::Error> {
    word(from).map(Some)
}

fn plain() -> Pass {
    Pass::Plain
}

#[cfg(test)]
mod tests {
    use super::{findings, read};

    fn told(text: &str) -> String {
        read(text).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn the_file_can_be_read() {
        assert!(findings().unwrap_or_else(|error| panic!("{error}")).len() > 40);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let with = |line: &str| format!("findings:\n  - finding: 1\n    cause: [f]\n{line}");
        assert_eq!(told(&with("")), "");
        assert!(told(&with("    kernel: 1\n")).contains("findings.yaml:4:5"), "{}", told(&with("    kernel: 1\n")));
        let pass = with("    reproduce: [{ target: t, case: c, pass: pla1n }]\n");
        for (text, word) in [(pass, "pla1n"), (with("    kernels: \">=six\"\n"), ">=six")] {
            let told = told(&text);
            assert!(told.starts_with("ci/lab/findings.yaml:4:") && told.contains(&format!("`{word}` is no")), "{told}");
        }
    }
}
