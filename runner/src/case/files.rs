//! The files of a folder, and what each of them holds.

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::diagnostics::Diagnostics;
use super::parse::LONGEST;

/// How deep folders may nest, so that a link to a folder above ends.
const DEEPEST: usize = 8;

/// What to do about a file or folder that cannot be read.
const CHECK: &str = "check the name and the permissions";

/// Folder of the rules' files. A folder that has it needs nothing beside it.
pub(super) const RULES: &str = "rules";
/// File of the known deviations.
const DEVIATIONS: &str = "known-deviations.yaml";
/// File of the processors' errata.
const ERRATA: &str = "errata.yaml";

/// A file of the suite.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its path below the cases' folder, with `/`.
    pub(super) path: String,
    /// Its name as it is shown.
    pub(super) shown: String,
    /// What it holds, or why it cannot be read.
    pub(super) bytes: Result<Cow<'static, [u8]>, Diagnostics>,
    /// It is of the embedded copy that an overlay lies on.
    pub(super) beside: bool,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Case,
    Rules,
    Deviations,
    Errata,
}

impl File {
    /// One of `folder` that was read.
    pub(super) fn new(path: &str, folder: &str, bytes: Cow<'static, [u8]>) -> Self {
        let folder = folder.trim_end_matches('/');
        Self { path: path.to_owned(), shown: format!("{folder}/{path}"), bytes: Ok(bytes), beside: false }
    }

    /// What it holds, by its name.
    pub(super) fn content(&self) -> Content {
        match self.path.as_str() {
            DEVIATIONS => Content::Deviations,
            ERRATA => Content::Errata,
            path if path.split_once('/').is_some_and(|(folder, _)| folder == RULES) => Content::Rules,
            _ => Content::Case,
        }
    }
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display, help: &str) -> Diagnostics {
    let message = format!("failed to read this: {error}");
    Diagnostics::whole(path.display().to_string(), "unreadable", message, help)
}

/// Every YAML file below a folder.
///
/// Errors: a folder cannot be read.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<File>, Diagnostics> {
    let mut files = Vec::new();
    walk(folder, "", DEEPEST, &mut files)?;
    Ok(files)
}

/// A file that is given by itself: its name makes the case's id.
///
/// Errors: its name is no text.
pub(super) fn read_single(path: &Path) -> Result<File, Diagnostics> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name else { return Err(unreadable(path, &"its name is not UTF-8", "rename it")) };
    let bytes = read(path).map(Cow::Owned);
    Ok(File { path: name.to_owned(), shown: path.display().to_string(), bytes, beside: false })
}

/// The start of an ordinary file, one byte longer than any that is taken: what is too long is told as that. Others are not
/// opened, for a FIFO would wait and a device would never end.
fn read(path: &Path) -> Result<Vec<u8>, Diagnostics> {
    let refuse = |error: std::io::Error| unreadable(path, &error, CHECK);
    if !fs::metadata(path).map_err(refuse)?.is_file() {
        return Err(unreadable(path, &"it is not an ordinary file", "name a file"));
    }
    let mut bytes = Vec::new();
    let start = fs::File::open(path).map_err(refuse)?.take(LONGEST as u64 + 1);
    std::io::BufReader::new(start).read_to_end(&mut bytes).map_err(refuse)?;
    Ok(bytes)
}

/// Whether a file is what an editor or a version control system leaves beside those that a person wrote.
fn is_dropping(name: &str) -> bool {
    name.starts_with(['.', '#']) || name.ends_with('~')
}

/// Reads the YAML files below `root`, of which `folder` is the part being read.
fn walk(root: &Path, folder: &str, depth: usize, files: &mut Vec<File>) -> Result<(), Diagnostics> {
    let here = if folder.is_empty() { root.to_owned() } else { root.join(folder) };
    if depth == 0 {
        return Err(unreadable(&here, &"folders nest too deep", "look for a link to a folder above"));
    }
    for entry in fs::read_dir(&here).map_err(|error| unreadable(&here, &error, CHECK))? {
        let entry = entry.map_err(|error| unreadable(&here, &error, CHECK))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_dropping(&name) {
            continue;
        }
        let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if path.is_dir() {
            walk(root, &below, depth - 1, files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            let file = File::new(&below, &root.display().to_string(), Cow::Borrowed(&[]));
            let bytes = match entry.file_name().to_str() {
                Some(_) => read(&path).map(Cow::Owned),
                None => Err(unreadable(&path, &"its name is not UTF-8", "rename it")),
            };
            files.push(File { bytes, ..file });
        }
    }
    Ok(())
}

/// That there is no case in the folder of this name.
pub(super) fn no_cases(name: String) -> Diagnostics {
    let help = "name the folder or the file that holds the cases";
    Diagnostics::whole(name, "no-cases", "there is no case in this folder".to_owned(), help)
}
