//! A patch for a finding: a commit message in the kernel's form, and below its `---` what the lab needs.
//!
//! ```text
//! Subject: [PATCH] KVM: x86: Treat a pending virtual NMI as a wake event
//!
//! What a guest sees, and why.
//!
//! Fixes: fa4c027a7956 ("KVM: x86: Add support for SVM's Virtual NMI")
//! ---
//! Finding: 1
//! Targets: amd-vnmi
//! Case: shadows/halt-in-a-shadow-set-from-outside
//!
//! --- a/arch/x86/kvm/x86.c
//! ...
//! ```

use std::path::Path;

use fs_err as fs;

use crate::modules::{BadHeader, ModulesError, Patch, patch_files};

/// A patch for a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The finding's number in `FINDINGS.md`.
    pub finding: u32,
    /// Its file's name without the extension.
    pub name: String,
    /// The first line of its message, without `[PATCH]`.
    pub subject: String,
    /// The targets on which the finding shows.
    pub targets: Vec<String>,
    /// A case that shows it.
    pub case: String,
    /// The change.
    pub patch: Patch,
}

impl Fix {
    /// Reads a fix. Errors: with its place.
    pub fn parse(file: &Path, text: &str) -> Result<Fix, ModulesError> {
        let wrong = |line: usize, why: BadHeader| ModulesError::header(file, line, why);
        let lines: Vec<&str> = text.lines().collect();
        let subject = lines.first().and_then(|line| line.strip_prefix("Subject: [PATCH] KVM: "));
        let subject = subject.ok_or_else(|| wrong(1, BadHeader::NoSubject))?;
        let end = lines.iter().position(|line| *line == "---");
        let end = end.ok_or_else(|| wrong(lines.len(), BadHeader::NoEndOfMessage))?;
        if lines.get(1..end).is_none_or(|body| body.iter().all(|line| line.is_empty())) {
            return Err(wrong(2, BadHeader::NoMessage));
        }
        if let Some(long) = lines.iter().take(end).skip(1).position(|line| line.chars().count() > 80) {
            return Err(wrong(long + 2, BadHeader::LongLine));
        }
        let find = |name: &'static str| {
            let start = format!("{name}: ");
            let found =
                lines.iter().enumerate().skip(end).find_map(|(at, line)| Some((at, line.strip_prefix(&start)?)));
            found.ok_or_else(|| wrong(end + 2, BadHeader::Missing { name }))
        };
        let (at, number) = find("Finding")?;
        let finding = number.parse().map_err(|_| wrong(at + 1, BadHeader::FindingIsNoNumber))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(&format!("{finding:02}-")) {
            return Err(wrong(1, BadHeader::NameOfOtherFinding { finding }));
        }
        Ok(Fix {
            finding,
            name,
            subject: format!("KVM: {subject}"),
            targets: find("Targets")?.1.split_whitespace().map(str::to_owned).collect(),
            case: find("Case")?.1.trim().to_owned(),
            patch: Patch::new(&file.display().to_string(), text.to_owned())?,
        })
    }
}

/// Reads every fix of a folder, in the order of their findings. Errors: one is wrong, with its place.
pub fn read_all(folder: &Path) -> Result<Vec<Fix>, ModulesError> {
    patch_files(folder)?.iter().map(|path| Fix::parse(path, &fs::read_to_string(path)?)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Fix, read_all};
    use crate::Verdict;
    use crate::target::Target;

    const GOOD: &str = "Subject: [PATCH] KVM: x86: Do\n\nA guest sleeps.\n---\nFinding: 1\nTargets: amd-vnmi\nCase: smm/a\n\n\
                        --- a/arch/x86/kvm/x86.c\n+++ b/arch/x86/kvm/x86.c\n@@ -1 +1 @@\n-a\n+b\n";

    #[test]
    fn a_fix_has_a_message_and_a_finding() {
        let fix = Fix::parse(Path::new("fixes/01-do.patch"), GOOD).unwrap();
        assert_eq!((fix.finding, fix.subject.as_str(), fix.case.as_str()), (1, "KVM: x86: Do", "smm/a"));
        let told = |name: &str, text: &str| Fix::parse(Path::new(name), text).unwrap_err().to_string();
        let wrong = [
            told("01-do.patch", "--- a\n"),
            told("01-do.patch", "Subject: [PATCH] KVM: x\n\ny\n"),
            told("01-do.patch", &GOOD.replace("A guest sleeps.", "")),
            told("01-do.patch", &GOOD.replace("sleeps", &"s".repeat(80))),
            told("01-do.patch", &GOOD.replace("Targets", "Target")),
            told("01-do.patch", &GOOD.replace(": 1", ": one")),
            told("02-do.patch", GOOD),
            told("01-do.patch", GOOD.split("--- a/").next().unwrap()),
        ];
        insta::assert_snapshot!(wrong.join("\n"));
    }

    #[test]
    fn the_fixes_of_the_house_name_findings_targets_and_cases_that_are_there() {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
        let findings = std::fs::read_to_string(lab.join("FINDINGS.md")).unwrap();
        let targets = Target::read_all(&lab.join("targets")).unwrap();
        let verdict = Verdict::new(None).unwrap();
        for fix in read_all(&lab.join("fixes")).unwrap() {
            assert!(findings.contains(&format!("### {}. ", fix.finding)), "{}", fix.name);
            assert!(fix.targets.iter().all(|name| targets.iter().any(|target| target.name == *name)), "{}", fix.name);
            assert!(verdict.library().cases.iter().any(|case| case.id == fix.case), "{}: {}", fix.name, fix.case);
        }
    }
}
