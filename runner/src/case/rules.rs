//! The rules and their sources.

use std::fmt;

/// Every rule, in the order of their files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    list: Vec<Rule>,
}

impl Rules {
    pub(super) fn new(list: Vec<Rule>) -> Self {
        Self { list }
    }

    /// The rule called `id`.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.list.iter().find(|rule| rule.id == id)
    }

    /// Every rule, in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Rule> {
        self.list.iter()
    }
}

/// What the manuals say, one idea, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name by which cases refer to it: `block.until-iret`.
    pub id: String,
    /// The rule, in words of our own.
    pub statement: String,
    /// Whom it applies to.
    pub scope: Scope,
    /// Whether it can be tested.
    pub status: Status,
    /// Where it is written; at least one.
    pub sources: Vec<Citation>,
}

/// Whom a rule applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The processors of both vendors.
    Both,
    /// AMD's processors.
    Amd,
    /// Intel's processors.
    Intel,
    /// KVM, by its API document.
    Kvm,
}

impl Scope {
    /// The words of a rule's `scope`.
    pub(super) const WORDS: [(&str, Scope); 4] =
        [("both", Scope::Both), ("amd", Scope::Amd), ("intel", Scope::Intel), ("kvm", Scope::Kvm)];
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Scope::WORDS.iter().find(|(_, scope)| scope == self).map_or("", |(word, _)| word))
    }
}

/// Whether a rule can be tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Cases test it.
    Tested,
    /// The manuals leave it open; the outcomes that they allow.
    Unspecified(String),
    /// No guest can observe it; why.
    Untestable(String),
}

/// Where a rule is written. Shown as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// `AMD APM`, `Intel SDM`, `KVM API`, ...
    pub manual: String,
    /// Document number.
    pub number: Option<String>,
    /// The revision that was read; for the kernel's documents, the kernel's version.
    pub revision: String,
    /// Volume.
    pub volume: Option<String>,
    /// Section number, which may change between revisions.
    pub section: String,
    /// Section title.
    pub title: String,
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.manual)?;
        match &self.number {
            Some(number) => write!(f, " {number} rev. {}", self.revision)?,
            None => write!(f, " {}", self.revision)?,
        }
        if let Some(volume) = &self.volume {
            write!(f, " vol. {volume}")?;
        }
        write!(f, ", {} \"{}\"", self.section, self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::Citation;

    #[test]
    fn a_citation_is_one_line() {
        let citation = Citation {
            manual: "AMD APM".into(),
            number: Some("24593".into()),
            revision: "3.44".into(),
            volume: Some("2".into()),
            section: "8.1.4".into(),
            title: "Nonmaskable Interrupts".into(),
        };
        assert_eq!(citation.to_string(), "AMD APM 24593 rev. 3.44 vol. 2, 8.1.4 \"Nonmaskable Interrupts\"");
        let citation = Citation {
            manual: "KVM API".into(),
            number: None,
            revision: "7.3.4".into(),
            volume: None,
            section: "4.64".into(),
            title: "KVM_NMI".into(),
        };
        assert_eq!(citation.to_string(), "KVM API 7.3.4, 4.64 \"KVM_NMI\"");
    }
}
