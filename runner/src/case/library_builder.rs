//! Builds a library from the files of a suite: reads each file, then checks all of them together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::deviations::Deviation;
use super::diagnostics::{Diagnostic, Diagnostics, Place, Report};
use super::files::{Content, File};
use super::library::{Library, Loaded};
use super::parse::{RawCase, RawDeviations, RawErrata, RawRules, decode, read};
use super::resolve::{self, Resolved, WithRules};
use super::rules::{Rule, Rules};
use super::source::Source;
use super::{assembly, id, lint};

/// Codes of problems of the library as a whole, which do not stop a run of some cases.
const OF_THE_WHOLE: [&str; 2] = ["rule-without-case", "deviation-without-case"];

/// The files read so far.
#[derive(Default)]
pub(super) struct LibraryBuilder {
    /// Build every guest, to find lines that do not assemble.
    assembles: bool,
    cases: Vec<Resolved>,
    /// Ids of the built-in cases under an overlay, which do not run.
    beside: Vec<String>,
    rules: Vec<(Vec<(Rule, Place)>, Report)>,
    deviations: Vec<(Vec<(Deviation, Place)>, Report)>,
    errata: Vec<(Vec<WithRules>, Report)>,
    /// Problems of files that could not be read at all; with the id of the case, if the file is one.
    unread: Vec<(Option<String>, Vec<Diagnostic>)>,
    /// The user gives deviations or errata of their own, which need no cases beside them.
    lists: bool,
    /// A rules file was not read completely, so rules cannot be reported as missing.
    rules_partial: bool,
    /// The same of a case file.
    cases_partial: bool,
}

impl LibraryBuilder {
    /// An empty builder.
    pub(super) fn new(assembles: bool) -> Self {
        Self { assembles, ..Self::default() }
    }

    /// Reads a file and checks it by itself.
    pub(super) fn file(&mut self, file: &File) {
        let content = file.content();
        let id = (content == Content::Case).then(|| file.path.trim_end_matches(".yaml").to_owned());
        if let Some(id) = id.clone().filter(|_| file.beside) {
            self.beside.push(id);
            return;
        }
        self.lists |= !file.beside && matches!(content, Content::Deviations | Content::Errata);
        if let Err(wrong) = self.read(file, content) {
            self.unread.push((id, wrong));
            self.rules_partial |= content == Content::Rules;
            self.cases_partial |= content == Content::Case;
        }
    }

    fn read(&mut self, file: &File, content: Content) -> Result<(), Vec<Diagnostic>> {
        let bytes = file.bytes.as_ref().map_err(|wrong| wrong.iter().cloned().collect::<Vec<_>>())?;
        let text = decode(&file.shown, bytes)?;
        let mut report = Report::new(&file.shown, Arc::clone(&text));
        match content {
            Content::Case => {
                let id = id::of(&file.path, &file.shown, &text)?;
                let Some(raw) = read::<RawCase>(&text, &mut report) else { return Err(report.finish()) };
                let mut resolved = resolve::case(&id, &file.shown, text, raw, report);
                self.cases_partial |= resolved.report.is_partial();
                lint::case(&mut resolved);
                if self.assembles {
                    assembly::check(&mut resolved);
                    lint::ends(&mut resolved);
                }
                self.cases.push(resolved);
            }
            Content::Rules => {
                let Some(raw) = read::<RawRules>(&text, &mut report) else { return Err(report.finish()) };
                let rules = resolve::rules(&raw, &mut report);
                self.rules_partial |= report.is_partial();
                self.rules.push((rules, report));
            }
            Content::Errata => {
                let Some(raw) = read::<RawErrata>(&text, &mut report) else { return Err(report.finish()) };
                let errata = resolve::errata(&raw, &mut report);
                self.errata.push((errata, report));
            }
            Content::Deviations => {
                let Some(raw) = read::<RawDeviations>(&text, &mut report) else { return Err(report.finish()) };
                let deviations = resolve::deviations(&raw, &mut report);
                self.deviations.push((deviations, report));
            }
        }
        Ok(())
    }

    /// Checks all files together. `needed` says by id which cases are needed; all if it is not given.
    ///
    /// Errors: what is wrong with needed cases or with the files that all cases share.
    pub(super) fn finish(
        mut self,
        source: &Source,
        needed: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<Loaded, Diagnostics> {
        if self.cases.is_empty() && !self.cases_partial && (source.is_whole() || !self.lists) {
            self.unread.push((None, source.no_cases().iter().cloned().collect()));
        }
        self.cases.sort_by(|one, other| one.case.id.cmp(&other.case.id));
        let rules = self.check_together(source);
        let mut sorted = Sorted { needed, wrong: Vec::new(), aside: Vec::new(), passed_over: BTreeSet::new() };
        let lists = self.deviations.into_iter().map(|(list, report)| (list, report.finish()));
        let mut deviations = Vec::new();
        for (list, wrong) in lists {
            deviations.extend(list.into_iter().map(|(deviation, _)| deviation));
            sorted.shared(wrong);
        }
        let mut errata = Vec::new();
        for (list, report) in self.errata {
            errata.extend(list.into_iter().map(|(erratum, _)| erratum));
            sorted.shared(report.finish());
        }
        for (_, report) in self.rules {
            sorted.shared(report.finish());
        }
        for (id, wrong) in self.unread {
            match id {
                Some(id) => sorted.of_case(&id, wrong),
                None => sorted.shared(wrong),
            };
        }
        let mut cases = Vec::new();
        for resolved in self.cases {
            let good = !resolved.report.has_any();
            sorted.of_case(&resolved.case.id, resolved.report.finish());
            cases.extend(good.then_some(resolved.case));
        }
        if !sorted.wrong.is_empty() {
            return Err(Diagnostics::new(sorted.wrong));
        }
        let aside = Diagnostics::new(sorted.aside);
        let whole = source.is_whole() && aside.is_empty();
        let passed_over = sorted.passed_over.into_iter().collect();
        Ok(Loaded { library: Library { cases, rules, deviations, errata, whole, passed_over }, aside })
    }

    /// The checks that need all files.
    fn check_together(&mut self, source: &Source) -> Rules {
        lint::duplicates(&mut self.rules);
        let rules = Rules::new(self.rules.iter().flat_map(|(rules, _)| rules).map(|(rule, _)| rule.clone()).collect());
        if !self.rules_partial {
            let complete = source.is_whole() && !self.cases_partial;
            lint::coverage(&rules, &mut self.rules, &mut self.cases, complete);
            for (errata, report) in &mut self.errata {
                lint::errata(errata, &rules, report);
            }
        }
        if !self.cases_partial {
            let own = self.cases.iter().map(|resolved| &resolved.case.id);
            let ids: Vec<String> = own.chain(&self.beside).cloned().collect();
            for (deviations, report) in &mut self.deviations {
                lint::deviations(deviations, &ids, report);
            }
        }
        rules
    }
}

/// Problems, divided into those that stop the load and those that do not.
struct Sorted<'a> {
    needed: Option<&'a dyn Fn(&str) -> bool>,
    wrong: Vec<Diagnostic>,
    aside: Vec<Diagnostic>,
    /// Ids of the cases that `aside` concerns.
    passed_over: BTreeSet<String>,
}

impl Sorted<'_> {
    fn of_case(&mut self, id: &str, found: Vec<Diagnostic>) {
        let asked = self.needed.is_none_or(|needed| needed(id));
        if !asked && !found.is_empty() {
            self.passed_over.insert(id.to_owned());
        }
        if asked { &mut self.wrong } else { &mut self.aside }.extend(found);
    }

    fn shared(&mut self, found: Vec<Diagnostic>) {
        let partly = self.needed.is_some();
        let (aside, wrong): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|one| partly && OF_THE_WHOLE.contains(&one.code));
        self.wrong.extend(wrong);
        self.aside.extend(aside);
    }
}
