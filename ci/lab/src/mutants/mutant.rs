//! One planted fault: a file of `mutants/`, a header of named lines above a patch.
//!
//! ```text
//! Breaks: an NMI is lost if another one is being delivered
//! Reverts: 7460fb4a3400 ("KVM: Fix simultaneous NMIs")
//! Cases: blocking/ delivery/
//!
//! --- a/arch/x86/kvm/x86.c
//! +++ b/arch/x86/kvm/x86.c
//! ...
//! ```
//!
//! `Strategies` are those on which it can show, `Survives` says why no case notices it.

use std::path::Path;

use fs_err as fs;

use crate::modules::{BadHeader, ModulesError, Patch, patch_files};
use crate::target::KvmModule;

/// The patch that adds the parameter `lab_mutant`; it is applied before the mutants.
const SWITCH: &str = "switch.patch";

/// The module that a mutant changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `kvm.ko`: every target.
    Common,
    /// `kvm-amd.ko`.
    Amd,
    /// `kvm-intel.ko`.
    Intel,
}

/// One planted fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its number, which no other has.
    pub number: u32,
    /// The words of its file's name: `second-nmi-is-lost`.
    pub slug: String,
    /// What it breaks, one sentence.
    pub breaks: String,
    /// The fix that it reverts, if KVM had this fault.
    pub reverts: Option<String>,
    /// The cases that should notice it: beginnings of their ids.
    pub cases: Vec<String>,
    /// The strategies on which it can show. Empty: all of its side.
    pub strategies: Vec<String>,
    /// Why no case notices it.
    pub survives: Option<String>,
    /// The change.
    pub patch: Patch,
}

/// The lines that a header may have.
const NAMES: [&str; 5] = ["Breaks", "Reverts", "Cases", "Strategies", "Survives"];

impl Mutant {
    /// Reads a mutant's text. Errors: with its place.
    pub fn parse(file: &Path, text: &str) -> Result<Mutant, ModulesError> {
        let at = |line: usize, column: usize, why: BadHeader| ModulesError::Header {
            file: file.to_owned(),
            line,
            column,
            why,
        };
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let named = stem.split_once('-').and_then(|(number, slug)| Some((number.parse::<u32>().ok()?, slug)));
        let Some((number, slug)) = named.filter(|(number, slug)| *number > 0 && !slug.is_empty()) else {
            return Err(ModulesError::header(file, 1, BadHeader::Name));
        };
        let mut fields: [Option<String>; NAMES.len()] = Default::default();
        let mut last: Option<usize> = None;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            if line.starts_with("--- ") || line.starts_with("diff ") {
                break;
            }
            if let Some(more) = line.strip_prefix(' ') {
                // An indented line continues the value above it.
                let value = last.and_then(|last| fields.get_mut(last)).and_then(Option::as_mut);
                let value = value.ok_or_else(|| at(number, 1, BadHeader::NoFieldAbove))?;
                value.push(' ');
                value.push_str(more.trim());
            } else if !line.is_empty() {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                let Some(which) = NAMES.iter().position(|known| *known == name) else {
                    let why = BadHeader::UnknownField { name: name.to_owned(), known: NAMES.join(", ") };
                    return Err(at(number, 1, why));
                };
                let field = fields.get_mut(which).filter(|field| field.is_none());
                let field = field.ok_or_else(|| at(number, 1, BadHeader::Twice { name: name.to_owned() }))?;
                if value.trim().is_empty() {
                    return Err(at(number, name.len() + 1, BadHeader::NoValue { name: name.to_owned() }));
                }
                *field = Some(value.trim().to_owned());
                last = Some(which);
            }
        }
        let [breaks, reverts, cases, strategies, survives] = fields;
        let words = |field: Option<String>| -> Vec<String> {
            field.iter().flat_map(|value| value.split_whitespace()).map(str::to_owned).collect()
        };
        let patch = Patch::new(&file.display().to_string(), text.to_owned())?;
        let mutant = Mutant {
            number,
            slug: slug.to_owned(),
            breaks: breaks.ok_or_else(|| at(1, 1, BadHeader::NoBreaks))?,
            reverts,
            cases: words(cases),
            strategies: words(strategies),
            survives,
            patch,
        };
        if mutant.cases.is_empty() {
            return Err(at(1, 1, BadHeader::NoCases));
        }
        mutant.lint(&at).map(|()| mutant)
    }

    /// Checks that a mutant changes one file, and has no effect while another one is chosen.
    fn lint(&self, at: &dyn Fn(usize, usize, BadHeader) -> ModulesError) -> Result<(), ModulesError> {
        if let [_, (line, file), ..] = self.patch.files.as_slice() {
            return Err(at(*line, 1, BadHeader::SecondFile { file: file.clone() }));
        }
        let own = format!("lab_mutant == {}", self.number);
        for (index, line) in self.patch.text.lines().enumerate() {
            let Some(added) = line.strip_prefix('+').filter(|_| !line.starts_with("+++ ")) else { continue };
            for (column, _) in added.match_indices("lab_mutant") {
                let rest = added.get(column..).unwrap_or_default();
                let same = |own: &str| {
                    rest.strip_prefix(own).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
                };
                if !same(&own) && !same(&own.replace("==", "!=")) {
                    return Err(at(index + 1, column + 2, BadHeader::OtherNumber { own }));
                }
            }
        }
        match self.patch.text.contains("lab_mutant") {
            true => Ok(()),
            false => Err(at(1, 1, BadHeader::NoSwitch { own })),
        }
    }

    /// The module that it changes.
    pub fn side(&self) -> Side {
        match self.patch.files.first().map(|(_, file)| file.as_str()) {
            Some(file) if file.contains("/svm/") => Side::Amd,
            Some(file) if file.contains("/vmx/") => Side::Intel,
            _ => Side::Common,
        }
    }

    /// Its name in files and runs: `07-second-nmi-is-lost`.
    pub fn name(&self) -> String {
        format!("{:02}-{}", self.number, self.slug)
    }

    /// Whether a trial, by its name, is one of its cases.
    pub fn looks_at(&self, trial: &str) -> bool {
        let case = trial.rsplit("::").next().unwrap_or_default();
        self.cases.iter().any(|start| case.starts_with(start))
    }

    /// Whether it can show in a run of this module and strategy.
    pub fn concerns(&self, module: KvmModule, strategy: &str) -> bool {
        let side = match self.side() {
            Side::Common => true,
            Side::Amd => module == KvmModule::Amd,
            Side::Intel => module == KvmModule::Intel,
        };
        side && (self.strategies.is_empty() || self.strategies.iter().any(|own| own == strategy))
    }
}

/// Reads the switch and every mutant of a folder, in the order of their numbers. Errors: one is wrong, with its place.
pub fn read_all(folder: &Path) -> Result<(Patch, Vec<Mutant>), ModulesError> {
    let mut mutants: Vec<Mutant> = Vec::new();
    for file in patch_files(folder)?.iter().filter(|path| !path.ends_with(SWITCH)) {
        let mutant = Mutant::parse(file, &fs::read_to_string(file)?)?;
        if let Some(other) = mutants.iter().find(|other| other.number == mutant.number) {
            let why = BadHeader::NumberTaken { other: other.patch.name.clone(), number: mutant.number };
            return Err(ModulesError::header(file, 1, why));
        }
        mutants.push(mutant);
    }
    mutants.sort_by_key(|mutant| mutant.number);
    Ok((Patch::read(&folder.join(SWITCH))?, mutants))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Mutant, Side, read_all};
    use crate::target::KvmModule;

    const PATCH: &str =
        "--- a/arch/x86/kvm/svm/svm.c\n+++ b/arch/x86/kvm/svm/svm.c\n@@ -1 +1 @@\n-int a;\n+int a = lab_mutant == 7;\n";

    fn told(name: &str, text: &str) -> String {
        Mutant::parse(Path::new(name), text).unwrap_err().to_string()
    }

    #[test]
    fn a_header_says_what_is_broken_and_who_should_notice() {
        let text = format!(
            "Breaks: NMIs are lost\n now and then\nReverts: 7460fb4a3400 (\"KVM: Fix\")\nCases: blocking/ smm/x\n\
             Strategies: amd-vnmi\n\n{PATCH}"
        );
        let mutant = Mutant::parse(Path::new("m/07-nmis-are-lost.patch"), &text).unwrap();
        assert_eq!((mutant.number, mutant.name().as_str()), (7, "07-nmis-are-lost"));
        assert_eq!(mutant.breaks, "NMIs are lost now and then");
        assert_eq!((mutant.cases.len(), mutant.survives.as_deref(), mutant.side()), (2, None, Side::Amd));
        assert!(mutant.concerns(KvmModule::Amd, "amd-vnmi"));
        assert!(
            !mutant.concerns(KvmModule::Amd, "amd-event-injection") && !mutant.concerns(KvmModule::Intel, "amd-vnmi")
        );
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let good = "Breaks: x\nCases: a/\n\n";
        let two = PATCH.replace("svm.c", "x86.c");
        let wrong = [
            told("seven.patch", ""),
            told("07-x.patch", &format!("Breaks: x\nCase: a/\n\n{PATCH}")),
            told("07-x.patch", &format!("Breaks: x\nBreaks: y\n\n{PATCH}")),
            told("07-x.patch", &format!("Breaks:\n\n{PATCH}")),
            told("07-x.patch", &format!(" x\n\n{PATCH}")),
            told("07-x.patch", &format!("Breaks: x\n\n{PATCH}")),
            told("07-x.patch", &format!("Cases: a/\n\n{PATCH}")),
            told("08-x.patch", &format!("{good}{PATCH}")),
            told("07-x.patch", &format!("{good}{PATCH}{two}")),
            told("07-x.patch", &format!("{good}{}", PATCH.replace("lab_mutant == 7", "1"))),
            told("07-x.patch", good),
        ];
        insta::assert_snapshot!(wrong.join("\n"));
    }

    #[test]
    fn the_mutants_of_the_house_are_read() {
        let (_, mutants) = read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mutants")).unwrap();
        assert!(mutants.len() >= 60, "{}", mutants.len());
        let reverts = mutants.iter().filter(|mutant| mutant.reverts.is_some()).count();
        assert!(reverts >= 10, "{reverts} of them are faults that KVM had");
        for side in [Side::Common, Side::Amd, Side::Intel] {
            assert!(mutants.iter().any(|mutant| mutant.side() == side));
        }
    }
}
