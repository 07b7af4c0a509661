//! Builds a library from the files of a suite, each read by itself: checks all of them together.

use std::collections::BTreeSet;

use super::deviations::Deviation;
use super::diagnostics::{Diagnostic, Diagnostics, Place, Report};
use super::file_read::FileRead;
use super::files::{Content, File};
use super::library::{Library, Loaded};
use super::lint;
use super::resolve::{Places, Resolved, WithRules};
use super::rules::{Rule, Rules};
use super::source::Source;

/// Codes of problems of the library as a whole, which do not stop a run of some cases.
const OF_THE_WHOLE: [&str; 2] = ["rule-without-case", "deviation-without-case"];

/// The files read so far.
#[derive(Default)]
pub(super) struct LibraryBuilder {
    cases: Vec<Resolved>,
    /// Ids of the built-in cases under an overlay, which do not run.
    beside: Vec<String>,
    rules: Vec<(Vec<(Rule, Place)>, Report)>,
    deviations: Vec<(Vec<(Deviation, Places)>, Report)>,
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
    /// Adds a file, as [`FileRead::read`] read it.
    pub(super) fn add(&mut self, file: &File, read: Result<FileRead, Vec<Diagnostic>>) {
        let content = file.content();
        self.lists |= !file.beside && matches!(content, Content::Deviations | Content::Errata);
        match read {
            Ok(FileRead::Beside(id)) => self.beside.push(id),
            Ok(FileRead::Case(resolved)) => {
                self.cases_partial |= resolved.report.is_partial();
                self.cases.push(*resolved);
            }
            Ok(FileRead::Rules(rules, report)) => {
                self.rules_partial |= report.is_partial();
                self.rules.push((rules, report));
            }
            Ok(FileRead::Errata(errata, report)) => self.errata.push((errata, report)),
            Ok(FileRead::Deviations(deviations, report)) => self.deviations.push((deviations, report)),
            Err(wrong) => {
                self.unread.push((file.id(), wrong));
                self.rules_partial |= content == Content::Rules;
                self.cases_partial |= content == Content::Case;
            }
        }
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
        lint::same_ids(&mut self.deviations);
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
