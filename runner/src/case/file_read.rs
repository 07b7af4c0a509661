//! Reads the files of a suite, and checks each by itself.

use std::sync::Arc;

use super::deviations::Deviation;
use super::diagnostics::{Diagnostic, Place, Report};
use super::files::{Content, File};
use super::parse::{RawCase, RawDeviations, RawErrata, RawRules, decode, read};
use super::resolve::{self, Places, Resolved, WithRules};
use super::rules::Rule;
use super::{assembly, id, lint};
use crate::parallel::in_parallel;

/// What a file has, and what is wrong with it.
pub(super) enum FileRead {
    /// The id of a built-in case under an overlay, which is not read.
    Beside(String),
    Case(Box<Resolved>),
    Rules(Vec<(Rule, Place)>, Report),
    Errata(Vec<WithRules>, Report),
    Deviations(Vec<(Deviation, Places)>, Report),
}

impl FileRead {
    /// Reads a file. `assembles`: every guest is built, to find lines that do not assemble.
    ///
    /// Errors: the file cannot be read at all.
    fn read(file: &File, assembles: bool) -> Result<Self, Vec<Diagnostic>> {
        if let Some(id) = file.id().filter(|_| file.beside) {
            return Ok(Self::Beside(id));
        }
        let bytes = file.bytes.as_ref().map_err(|wrong| wrong.iter().cloned().collect::<Vec<_>>())?;
        let text = decode(&file.shown, bytes)?;
        let mut report = Report::new(&file.shown, Arc::clone(&text));
        match file.content() {
            Content::Case => {
                let id = id::of(&file.path, &file.shown, &text)?;
                let Some(raw) = read::<RawCase>(&text, &mut report) else { return Err(report.finish()) };
                let mut resolved = resolve::case(&id, &file.shown, text, raw, report);
                lint::case(&mut resolved);
                if assembles {
                    assembly::check(&mut resolved);
                    lint::ends(&mut resolved);
                }
                Ok(Self::Case(Box::new(resolved)))
            }
            Content::Rules => {
                let Some(raw) = read::<RawRules>(&text, &mut report) else { return Err(report.finish()) };
                let rules = resolve::rules(&raw, &mut report);
                Ok(Self::Rules(rules, report))
            }
            Content::Errata => {
                let Some(raw) = read::<RawErrata>(&text, &mut report) else { return Err(report.finish()) };
                let errata = resolve::errata(&raw, &mut report);
                Ok(Self::Errata(errata, report))
            }
            Content::Deviations => {
                let Some(raw) = read::<RawDeviations>(&text, &mut report) else { return Err(report.finish()) };
                let deviations = resolve::deviations(&raw, &mut report);
                Ok(Self::Deviations(deviations, report))
            }
        }
    }
}

/// Reads the files, in their order, on all processors.
pub(super) fn read_all(files: &[File], assembles: bool) -> Vec<Result<FileRead, Vec<Diagnostic>>> {
    in_parallel(files, |file| FileRead::read(file, assembles))
}
