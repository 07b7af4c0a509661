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
    let mut checked = Vec::new();
    // Paths outside of any folder with rules are checked together, over the embedded suite.
    let mut overlay = Vec::new();
    for path in &args.paths {
        match (Source::at(path), folder_of(path)) {
            (Source::Overlay(_), None) => overlay.push(path.clone()),
            (Source::Overlay(_), Some((folder, below))) => checked.push(check_one(&folder, &below).map(|()| 1)),
            (whole, _) => checked.push(check_all(&whole)),
        }
    }
    if args.paths.is_empty() {
        checked.push(check_all(&Source::Embedded));
    } else if !overlay.is_empty() {
        checked.push(check_all(&Source::Overlay(overlay)));
    }
    let count = checked.iter().flatten().sum();
    let wrong = Diagnostics::together(checked.into_iter().filter_map(Result::err));
    if !wrong.is_empty() {
        return Err(Failure::Checked(wrong));
    }
    print(&format!("{}, no errors", counted(count, "file")))?;
    Ok(code::FINE)
}

/// The folder with rules that contains a file, and the file's path below it.
fn folder_of(path: &Path) -> Option<(PathBuf, String)> {
    if !path.is_file() {
        return None;
    }
    let folder =
        path.ancestors().skip(1).find(|folder| matches!(Source::at(&or_current(folder)), Source::Folder(_)))?;
    Some((or_current(folder), path.strip_prefix(folder).ok()?.to_str()?.to_owned()))
}

/// The folder, or `.` for an empty path.
fn or_current(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}
