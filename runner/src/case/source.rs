use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;
use super::files::{Content, File, RULES, no_cases, read_folder, read_single};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Where cases, rules and deviations come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder with the layout of `cases/`.
    Folder(PathBuf),
    /// Folders without rules, and single files: cases that name the rules of the embedded copy, and stand in for those of its
    /// cases that have the same id. Of the cases, only these are loaded.
    Overlay(Vec<PathBuf>),
    /// The copy of `cases/` that this program was built with.
    Embedded,
    /// These files: path below the folder, content.
    Texts(Vec<(String, Vec<u8>)>),
}

impl Source {
    /// What a path given by a user is: a folder that has rules, or else an overlay.
    pub fn at(path: &Path) -> Self {
        let overlay = path.exists() && !path.join(RULES).is_dir();
        if overlay { Self::Overlay(vec![path.to_owned()]) } else { Self::Folder(path.to_owned()) }
    }

    /// Whether its rules and deviations are about its cases.
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
            Self::Embedded => embedded(),
            Self::Texts(texts) => {
                let file = |(path, bytes): &(String, Vec<u8>)| File::new(path, "cases", Cow::Owned(bytes.clone()));
                texts.iter().map(file).collect()
            }
        };
        if files.is_empty() {
            return Err(self.no_cases());
        }
        if matches!(self, Self::Overlay(_)) {
            // Lists beside the cases are added to those that are built in.
            let replaced =
                |beside: &File| files.iter().any(|own| own.path == beside.path && own.content() == Content::Case);
            let beside: Vec<File> = embedded().into_iter().filter(|file| !replaced(file)).collect();
            files.extend(beside.into_iter().map(|file| File { beside: true, ..file }));
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }

    /// That there is no case where there should be some.
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

fn embedded() -> Vec<File> {
    let file = |(path, bytes): &(&str, &'static [u8])| File::new(path, "cases", Cow::Borrowed(*bytes));
    EMBEDDED.iter().map(file).collect()
}
