use guests::{Boot, Program, Section, SectionName};

use super::values::required;
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::parse::{Lines, RawCase, Unmappable};
use crate::case::vocabulary;

/// The code of a section whose lines are not lines of the file.
pub(in crate::case) const NOT_LITERAL: &str = "not-literal";

/// The guest's program.
pub(super) fn resolve(raw: &RawCase, boot: Boot, file: &str, report: &mut Report) -> Program {
    let mut program = Program { sections: Vec::new(), boot };
    let Some(sections) = required(&raw.guest, "guest", Place::START, report) else { return program };
    for entry in &sections.value.0 {
        let (name, text) = entry;
        let Some(section) = SectionName::from_word(&name.value) else {
            let help = match Lines::of(file, entry) {
                // A label that is not indented like the lines around it ends the block, and is read as a section.
                Err(Unmappable::Changed) => {
                    Some("a label stands as far to the right as its section's lines".to_owned())
                }
                _ => did_you_mean(&name.value, vocabulary::sections()),
            };
            report.push(name.place, "unknown-section", format!("unknown section `{}`", name.value), help);
            continue;
        };
        if text.value.trim().is_empty() {
            report.add(name.place, "empty-value", format!("the section `{}` has no text", name.value));
        }
        if let Err(reason) = Lines::of(file, entry) {
            let message = match reason {
                Unmappable::Folded => format!("`>` joins the lines of the section `{}` into one", name.value),
                Unmappable::Changed => format!("YAML changes the text of the section `{}` in this form", name.value),
            };
            report.add_help(name.place, NOT_LITERAL, message, "write it as a literal block: `|`, then the lines");
        }
        program.sections.push(Section { name: section, text: text.value.clone() });
    }
    if program.section(SectionName::Main).is_none() && !report.passed_below("guest") {
        report.add(sections.place, "missing-key", "the section `main` is missing");
    }
    program
}
