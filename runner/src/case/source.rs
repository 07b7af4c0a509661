//! Where cases, rules and deviations come from.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;
use super::files::{Content, File, RULES, no_cases, read_folder, read_single};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The name of the suite's folder in messages.
const FOLDER: &str = "cases";

/// Where cases, rules and deviations come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder with the layout of `cases/`.
    Folder(PathBuf),
    /// Folders without rules, and single files, over the embedded suite: their cases use its rules and replace its cases of the same
    /// id. Only these cases are loaded.
    Overlay(Vec<PathBuf>),
    /// The copy of `cases/` in this program.
    Embedded,
    /// These files: path below the folder, content.
    Texts(Vec<(String, Vec<u8>)>),
}

impl Source {
    /// The source for a path that a user gives: a folder that has rules, otherwise an overlay.
    pub fn at(path: &Path) -> Self {
        let overlay = path.exists() && !path.join(RULES).is_dir();
        if overlay { Self::Overlay(vec![path.to_owned()]) } else { Self::Folder(path.to_owned()) }
    }

    /// Whether its rules and deviations were written for its cases.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self, Self::Overlay(_))
    }

    /// Every YAML file, by path.
    ///
    /// Errors: the folder cannot be read, or there is no file.
    pub(super) fn files(&self) -> Result<Vec<File>, Diagnostics> {
        let mut files = match self {
            Self::Folder(folder) => read_folder(folder)?,
            Self::Overlay(paths) => overlay(paths)?,
            Self::Embedded => embedded().collect(),
            Self::Texts(texts) => {
                let file = |(path, bytes): &(String, Vec<u8>)| File::new(path, FOLDER, Cow::Owned(bytes.clone()));
                texts.iter().map(file).collect()
            }
        };
        if files.is_empty() {
            return Err(self.no_cases());
        }
        if matches!(self, Self::Overlay(_)) {
            // Deviations and errata of an overlay are added to the embedded ones.
            let replaced =
                |beside: &File| files.iter().any(|own| own.path == beside.path && own.content() == Content::Case);
            let beside: Vec<File> = embedded().filter(|file| !replaced(file)).collect();
            files.extend(beside.into_iter().map(|file| File { beside: true, ..file }));
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// The problem that it has no case.
    pub(super) fn no_cases(&self) -> Diagnostics {
        no_cases(match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Overlay(paths) => paths.first().map(|path| path.display().to_string()).unwrap_or_default(),
            Self::Embedded => "(built in)".to_owned(),
            Self::Texts(_) => "(given texts)".to_owned(),
        })
    }
}

fn overlay(paths: &[PathBuf]) -> Result<Vec<File>, Diagnostics> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(read_single(path)?);
            continue;
        }
        let within = read_folder(path)?;
        if within.is_empty() {
            return Err(no_cases(path.display().to_string()));
        }
        files.extend(within);
    }
    Ok(files)
}

/// The embedded files.
fn embedded() -> impl Iterator<Item = File> {
    EMBEDDED.iter().map(|&(path, bytes)| File::new(path, FOLDER, Cow::Borrowed(bytes)))
}
