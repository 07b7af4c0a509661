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
    for part in parts(&args.paths) {
        match part.check() {
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

/// What is checked by itself.
enum Part {
    /// All of this.
    All(Source),
    /// One file of a folder that has rules of its own, beside everything in there.
    File(PathBuf, String),
}

impl Part {
    fn check(&self) -> Result<usize, Diagnostics> {
        match self {
            Self::All(source) => check_all(source),
            Self::File(folder, below) => check_one(folder, below).map(|()| 1),
        }
    }
}

/// Folders with rules and files in them by themselves, and everything else together on what is built in.
fn parts(paths: &[PathBuf]) -> Vec<Part> {
    if paths.is_empty() {
        return vec![Part::All(Source::Embedded)];
    }
    let mut parts = Vec::new();
    let mut overlay = Vec::new();
    for path in paths {
        match Source::at(path) {
            Source::Overlay(_) => match folder_of(path) {
                Some((folder, below)) => parts.push(Part::File(folder, below)),
                None => overlay.push(path.clone()),
            },
            whole => parts.push(Part::All(whole)),
        }
    }
    if !overlay.is_empty() {
        parts.push(Part::All(Source::Overlay(overlay)));
    }
    parts
}

/// The folder with rules that a file lies in, and its path below that.
fn folder_of(path: &Path) -> Option<(PathBuf, String)> {
    if !path.is_file() {
        return None;
    }
    let folder = path.ancestors().skip(1).find(|folder| matches!(Source::at(&here(folder)), Source::Folder(_)))?;
    Some((here(folder), path.strip_prefix(folder).ok()?.to_str()?.to_owned()))
}

/// The folder of a name without one.
fn here(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}
