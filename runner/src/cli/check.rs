//! `nmi check`.

use std::path::{Path, PathBuf};

use clap::Args;
use reports::{code, counted};

use super::failure::Failure;
use crate::case::{Diagnostics, Source, check as check_all, check_one};
use crate::command::print;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Files and folders of cases, each as for `--cases` [default: the cases built into this binary]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
}

/// `nmi check`: everything that is wrong with case files, and nothing else.
pub(super) fn check(args: &CheckArgs) -> Result<u8, Failure> {
    let mut count = 0;
    let mut wrong = Vec::new();
    for one in checks(&args.paths) {
        match one.check() {
            Ok(files) => count += files,
            Err(diagnostics) => wrong.push(diagnostics),
        }
    }
    let wrong = Diagnostics::together(wrong);
    if !wrong.is_empty() {
        return Err(Failure::Checked(wrong));
    }
    print(&format!("{}, no errors", counted(count, "file")))?;
    Ok(code::FINE)
}

/// What is loaded and checked by itself.
enum Check {
    /// All of this.
    All(Source),
    /// One file of a folder that has rules of its own, beside everything in there.
    File(PathBuf, String),
}

impl Check {
    fn check(&self) -> Result<usize, Diagnostics> {
        match self {
            Self::All(source) => check_all(source),
            Self::File(folder, below) => check_one(folder, below).map(|()| 1),
        }
    }
}

/// Folders with rules and files in them by themselves, and everything else together on what is built in.
fn checks(paths: &[PathBuf]) -> Vec<Check> {
    if paths.is_empty() {
        return vec![Check::All(Source::Embedded)];
    }
    let mut checks = Vec::new();
    let mut overlay = Vec::new();
    for path in paths {
        match Source::at(path) {
            Source::Overlay(_) => match folder_of(path) {
                Some((folder, below)) => checks.push(Check::File(folder, below)),
                None => overlay.push(path.clone()),
            },
            whole => checks.push(Check::All(whole)),
        }
    }
    if !overlay.is_empty() {
        checks.push(Check::All(Source::Overlay(overlay)));
    }
    checks
}

/// The folder with rules that a file lies in, and its path below that.
fn folder_of(path: &Path) -> Option<(PathBuf, String)> {
    if !path.is_file() {
        return None;
    }
    let folder =
        path.ancestors().skip(1).find(|folder| matches!(Source::at(&or_current(folder)), Source::Folder(_)))?;
    Some((or_current(folder), path.strip_prefix(folder).ok()?.to_str()?.to_owned()))
}

/// The folder, or the current one where the name has none.
fn or_current(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}
