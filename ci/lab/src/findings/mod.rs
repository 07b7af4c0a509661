//! `findings.yaml`: what is known of each finding of FINDINGS.md as data.

use std::str::FromStr;

use guests::Mode;
use runner::case::KernelRange;
use runner::terms::{Pass, Path};
use serde::Deserialize;
use serde_yaml::Spanned;

/// The file, as it was when this program was built.
const FILE: &str = include_str!("../../findings.yaml");

/// Why the file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// It cannot be read as what it is.
    #[error("ci/lab/findings.yaml{}: {}", .0.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default(), .0)]
    Yaml(#[source] Box<serde_yaml::Error>),
    /// A word that is none of those that may stand there.
    #[error("ci/lab/findings.yaml:{line}: `{word}` is no {what}")]
    Word {
        /// From 1.
        line: u64,
        /// As it is written.
        word: String,
        /// What should stand there.
        what: &'static str,
    },
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its number, by which all else names it.
    pub number: u32,
    /// Ids of rules that it breaks.
    pub rules: Vec<String>,
    /// Strategies on which a run showed it.
    pub seen: Vec<String>,
    /// Kernel releases that have it; all that were looked at if none.
    pub kernels: Option<KernelRange>,
    /// Functions of KVM that do it.
    pub cause: Vec<String>,
    /// What shows it.
    pub reproduce: Vec<Reproducer>,
    /// Whether there is a report that can be sent.
    pub report: bool,
    /// Why nothing reproduces it.
    pub none: Option<String>,
}

/// A trial that shows a finding.
#[derive(Clone, Debug)]
pub struct Reproducer {
    /// Target of the lab.
    pub target: String,
    /// Id of the case.
    pub case: String,
    /// Mode, if not the one that `nmi reproduce` chooses.
    pub mode: Option<Mode>,
    /// Path, likewise.
    pub path: Option<Path>,
    /// Pass.
    pub pass: Pass,
    /// Why it does not show every time.
    pub sometimes: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    findings: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    finding: u32,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    seen: Vec<String>,
    kernels: Option<Spanned<String>>,
    cause: Vec<String>,
    #[serde(default)]
    reproduce: Vec<RawReproducer>,
    #[serde(default)]
    report: bool,
    none: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReproducer {
    target: String,
    case: String,
    mode: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    pass: Option<Spanned<String>>,
    sometimes: Option<String>,
}

/// All findings, in the order of the file.
///
/// Errors: the file is wrong, which a test tells.
pub fn findings() -> Result<Vec<Finding>, FindingsError> {
    read(FILE)
}

/// The findings that the evidence of a known deviation begins with: `finding 5; ...`, `findings 5 and 6; ...`.
pub fn named(evidence: &str) -> Vec<u32> {
    let rest = evidence.strip_prefix("findings ").or_else(|| evidence.strip_prefix("finding "));
    let numbers = rest.and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let words = numbers.split([' ', ',']).filter(|word| !word.is_empty() && *word != "and");
    words.map_while(|word| word.parse().ok()).collect()
}

fn read(text: &str) -> Result<Vec<Finding>, FindingsError> {
    let raw: RawFile = serde_yaml::from_str(text).map_err(|error| FindingsError::Yaml(Box::new(error)))?;
    raw.findings.into_iter().map(Raw::resolve).collect()
}

impl Raw {
    fn resolve(self) -> Result<Finding, FindingsError> {
        Ok(Finding {
            number: self.finding,
            rules: self.rules,
            seen: self.seen,
            kernels: word("range of kernel releases", self.kernels)?,
            cause: self.cause,
            reproduce: self.reproduce.into_iter().map(RawReproducer::resolve).collect::<Result<_, _>>()?,
            report: self.report,
            none: self.none,
        })
    }
}

impl RawReproducer {
    fn resolve(self) -> Result<Reproducer, FindingsError> {
        Ok(Reproducer {
            target: self.target,
            case: self.case,
            mode: word("mode", self.mode)?,
            path: word("path", self.path)?,
            pass: word("pass", self.pass)?.unwrap_or(Pass::Plain),
            sometimes: self.sometimes,
        })
    }
}

fn word<T: FromStr>(what: &'static str, written: Option<Spanned<String>>) -> Result<Option<T>, FindingsError> {
    let Some(written) = written else { return Ok(None) };
    match written.value.parse() {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(FindingsError::Word { line: written.defined.line(), word: written.value, what }),
    }
}

#[cfg(test)]
mod tests {
    use super::{findings, named, read};

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
        assert_eq!(told(&pass), "ci/lab/findings.yaml:4: `pla1n` is no pass");
        assert_eq!(
            told(&with("    kernels: \">=six\"\n")),
            "ci/lab/findings.yaml:4: `>=six` is no range of kernel releases"
        );
    }

    #[test]
    fn the_evidence_of_a_deviation_names_its_findings_first() {
        assert_eq!(named("finding 5; arch/x86/kvm/svm/svm.c"), [5]);
        assert_eq!(named("findings 5 and 6; svm_enable_nmi_window()"), [5, 6]);
        assert_eq!(named("findings 5, 6 and 7; svm_enable_nmi_window()"), [5, 6, 7]);
        assert_eq!(named("finding 5; line 6"), [5]);
        assert_eq!(named("seen twice in finding 6"), [] as [u32; 0]);
    }
}
