//! The files of a suite's folder, and the kind of each.

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::Path;

use super::diagnostics::Diagnostics;
use super::parse::LONGEST;

/// How deep folders may nest. Bounds a walk through a link to a parent folder.
const DEEPEST: usize = 8;

/// Help for a file or folder that cannot be read.
const CHECK: &str = "check the name and the permissions";

/// Folder of the rules' files. A folder of cases that has one is a whole suite.
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
    /// Its name in messages.
    pub(super) shown: String,
    /// Its content, or why it cannot be read.
    pub(super) bytes: Result<Cow<'static, [u8]>, Diagnostics>,
    /// It belongs to the embedded suite under an overlay.
    pub(super) beside: bool,
}

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Case,
    Rules,
    Deviations,
    Errata,
}

impl File {
    /// A file of `folder` with this content.
    pub(super) fn new(path: &str, folder: &str, bytes: Cow<'static, [u8]>) -> Self {
        let folder = folder.trim_end_matches('/');
        Self { path: path.to_owned(), shown: format!("{folder}/{path}"), bytes: Ok(bytes), beside: false }
    }

    /// Its kind, by its path.
    pub(super) fn content(&self) -> Content {
        match self.path.as_str() {
            DEVIATIONS => Content::Deviations,
            ERRATA => Content::Errata,
            path if path.split_once('/').is_some_and(|(folder, _)| folder == RULES) => Content::Rules,
            _ => Content::Case,
        }
    }

    /// The case's id, if it is a case.
    pub(super) fn id(&self) -> Option<String> {
        (self.content() == Content::Case).then(|| self.path.trim_end_matches(".yaml").to_owned())
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

/// A single file, whose name is the case's id.
///
/// Errors: its name is not UTF-8.
pub(super) fn read_single(path: &Path) -> Result<File, Diagnostics> {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(name) = name else { return Err(unreadable(path, &"its name is not UTF-8", "rename it")) };
    let bytes = read(path).map(Cow::Owned);
    Ok(File { path: name.to_owned(), shown: path.display().to_string(), bytes, beside: false })
}

/// Reads a regular file, up to one byte more than the limit, so that a longer one is reported as too long. Other files are not
/// opened: a FIFO would block, and a device may never end.
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

/// Whether a file is a temporary file of an editor, or hidden.
fn is_temporary(name: &str) -> bool {
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
        if is_temporary(&name) {
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

/// The problem that the folder of this name has no case.
pub(super) fn no_cases(name: String) -> Diagnostics {
    let help = "name the folder or the file that holds the cases";
    Diagnostics::whole(name, "no-cases", "there is no case in this folder".to_owned(), help)
}
