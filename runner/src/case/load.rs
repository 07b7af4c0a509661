use std::sync::Arc;

use guests::Mode;

use super::diagnostics::{Diagnostic, Diagnostics, Place, Report};
use super::errata::Erratum;
use super::parse::{Lines, RawCase, RawDeviations, RawErrata, RawRules, decode, read};
use super::resolve::{self, Resolved, WithRules};
use super::rules::{Rule, Rules};
use super::scan::Spot;
use super::source::{File, Source};
use super::{Case, Site, assembly, deviations::Deviation, id, lint};
use crate::terms::Path;

/// Folder of the rules' files.
const RULES: &str = "rules/";
/// File of the known deviations.
const DEVIATIONS: &str = "known-deviations.yaml";
/// File of the processors' errata.
const ERRATA: &str = "errata.yaml";

/// Everything the files say.
#[derive(Clone, Debug)]
pub struct Library {
    /// The cases, by id.
    pub cases: Vec<Case>,
    /// The rules.
    pub rules: Rules,
    /// The known deviations.
    pub deviations: Vec<Deviation>,
    /// Known errata of processors.
    pub errata: Vec<Erratum>,
}

impl Library {
    /// What the known deviations say of a trial of `case` there.
    pub fn deviations_of(&self, case: &str, site: &Site, mode: Mode, path: Path) -> Vec<&Deviation> {
        self.deviations.iter().filter(|entry| entry.applies(case, site, mode, path)).collect()
    }
}

/// Loads and checks every file: all or nothing.
///
/// Guests are assembled to check them, but for those of the embedded files: a test has done that, and it takes longer
/// than all the rest.
///
/// Errors: everything that is wrong with any of them, but for files that are no YAML, of which the first mistake is told.
pub fn load(source: &Source) -> Result<Library, Diagnostics> {
    let mut loading = Loading { assembles: !matches!(source, Source::Embedded), ..Loading::default() };
    let files = source.files()?;
    for file in &files {
        loading.file(file);
    }
    loading.finish(source)
}

#[derive(Default)]
struct Loading {
    /// Build every guest to find bad lines.
    assembles: bool,
    cases: Vec<Resolved>,
    rules: Vec<(Vec<(Rule, Place)>, Report)>,
    deviations: Option<(Vec<(Deviation, Place)>, Report)>,
    errata: Option<(Vec<WithRules>, Report)>,
    wrong: Vec<Diagnostic>,
    /// A rules file, or a case, could not be read, so nothing can be said of what the others lack.
    rules_unread: bool,
    cases_unread: bool,
}

impl Loading {
    fn file(&mut self, file: &File) {
        let is_rules = file.path.starts_with(RULES);
        let is_case = !is_rules && ![DEVIATIONS, ERRATA].contains(&file.path.as_str());
        let read = self.read(file, is_rules, is_case);
        if let Err(wrong) = read {
            self.wrong.extend(wrong);
            self.rules_unread |= is_rules;
            self.cases_unread |= is_case;
        }
    }

    fn read(&mut self, file: &File, is_rules: bool, is_case: bool) -> Result<(), Vec<Diagnostic>> {
        let text = decode(&file.shown, &file.bytes)?;
        let mut report = Report::new(&file.shown, Arc::clone(&text));
        if is_case {
            let id = id::of(&file.path, &file.shown, &text)?;
            let Some(raw) = read::<RawCase>(&text, &mut report) else { return Err(report.finish()) };
            let mut resolved = resolve::case(&id, &file.shown, text, raw, report);
            self.cases_unread |= resolved.report.is_partial();
            lint::case(&mut resolved);
            if self.assembles {
                assembly::check(&mut resolved);
                lint::ends(&mut resolved);
            }
            self.cases.push(resolved);
        } else if is_rules {
            let Some(raw) = read::<RawRules>(&text, &mut report) else { return Err(report.finish()) };
            let rules = resolve::rules(&raw, &mut report);
            self.rules_unread |= report.is_partial();
            self.rules.push((rules, report));
        } else if file.path == ERRATA {
            let Some(raw) = read::<RawErrata>(&text, &mut report) else { return Err(report.finish()) };
            let errata = resolve::errata(&raw, &mut report);
            self.errata = Some((errata, report));
        } else {
            let Some(raw) = read::<RawDeviations>(&text, &mut report) else { return Err(report.finish()) };
            let deviations = resolve::deviations(&raw, &mut report);
            self.deviations = Some((deviations, report));
        }
        Ok(())
    }

    fn finish(mut self, source: &Source) -> Result<Library, Diagnostics> {
        if self.cases.is_empty() && !self.cases_unread {
            let name = match source {
                Source::Folder(folder) => folder.display().to_string(),
                Source::Embedded | Source::Texts(_) => "cases".to_owned(),
            };
            let help = "name the folder that holds the cases (`--cases DIR`)";
            let none = Diagnostics::whole(name, "no-cases", "there is no case in this folder".to_owned(), help);
            self.wrong.extend(none.iter().cloned());
        }
        self.cases.sort_by(|one, other| one.case.id.cmp(&other.case.id));
        lint::duplicates(&mut self.rules);
        let rules = Rules::new(self.rules.iter().flat_map(|(rules, _)| rules).map(|(rule, _)| rule.clone()).collect());
        if !self.rules_unread {
            lint::coverage(&rules, &mut self.rules, &mut self.cases, !self.cases_unread);
        }
        let (deviations, report) = self.deviations.take().unzip();
        let deviations = deviations.unwrap_or_default();
        if let Some(mut report) = report {
            let ids: Vec<String> = self.cases.iter().map(|resolved| resolved.case.id.clone()).collect();
            if !self.cases_unread {
                lint::deviations(&deviations, &ids, &mut report);
            }
            self.wrong.extend(report.finish());
        }
        let (errata, report) = self.errata.take().unzip();
        let errata = errata.unwrap_or_default();
        if let Some(mut report) = report {
            if !self.rules_unread {
                lint::errata(&errata, &rules, &mut report);
            }
            self.wrong.extend(report.finish());
        }
        self.wrong.extend(self.rules.into_iter().flat_map(|(_, report)| report.finish()));
        let mut cases = Vec::new();
        for resolved in self.cases {
            cases.push(resolved.case);
            self.wrong.extend(resolved.report.finish());
        }
        if !self.wrong.is_empty() {
            return Err(Diagnostics::new(self.wrong));
        }
        let deviations = deviations.into_iter().map(|(deviation, _)| deviation).collect();
        let errata = errata.into_iter().map(|(erratum, _)| erratum).collect();
        Ok(Library { cases, rules, deviations, errata })
    }
}

impl Resolved {
    /// The place in the file of something in a section.
    pub(super) fn place(&self, spot: Spot) -> Place {
        let start = Place::START;
        let Some(sections) = self.raw.guest.get() else { return start };
        let word = spot.section.word();
        let Some(entry) = sections.value.0.iter().find(|(name, _)| name.value == word) else { return start };
        let Ok(lines) = Lines::of(&self.text, entry) else { return entry.0.place };
        let content = entry.1.value.lines().nth(spot.line).unwrap_or_default();
        lines.place(&self.text, spot.line, content, spot.column, spot.length)
    }
}
