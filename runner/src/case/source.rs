use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// How deep folders may nest, so that a link to a folder above ends.
const DEEPEST: usize = 8;

/// Where cases, rules and deviations come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A folder with the layout of `cases/`.
    Folder(PathBuf),
    /// The copy of `cases/` that this program was built with.
    Embedded,
    /// These files: path below the folder, content.
    Texts(Vec<(String, Vec<u8>)>),
}

/// A file of the suite.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Its path below the cases' folder, with `/`.
    pub(super) path: String,
    /// Its name as it is shown.
    pub(super) shown: String,
    /// What it holds.
    pub(super) bytes: Cow<'static, [u8]>,
}

impl Source {
    /// Every YAML file, by path.
    ///
    /// Errors: the folder or a file cannot be read, or there is none.
    pub(super) fn files(&self) -> Result<Vec<File>, Diagnostics> {
        let (name, mut files) = match self {
            Self::Folder(folder) => {
                let mut files = Vec::new();
                walk(folder, "", DEEPEST, &mut files)?;
                (folder.display().to_string(), files)
            }
            Self::Embedded => {
                let file = |(path, bytes): &(&str, &'static [u8])| File::new(path, "cases", Cow::Borrowed(*bytes));
                ("(built in)".to_owned(), EMBEDDED.iter().map(file).collect())
            }
            Self::Texts(texts) => {
                let file = |(path, bytes): &(String, Vec<u8>)| File::new(path, "cases", Cow::Owned(bytes.clone()));
                ("(given texts)".to_owned(), texts.iter().map(file).collect())
            }
        };
        if files.is_empty() {
            let help = "name the folder that holds the cases (`--cases DIR`)";
            return Err(Diagnostics::whole(name, "no-cases", "there is no case in this folder".to_owned(), help));
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(files)
    }
}

impl File {
    fn new(path: &str, folder: &str, bytes: Cow<'static, [u8]>) -> Self {
        let folder = folder.trim_end_matches('/');
        Self { path: path.to_owned(), shown: format!("{folder}/{path}"), bytes }
    }
}

/// Reads the YAML files below `root`, of which `folder` is the part being read.
fn walk(root: &Path, folder: &str, depth: usize, files: &mut Vec<File>) -> Result<(), Diagnostics> {
    let here = root.join(folder);
    let refuse = |path: &Path, error: &dyn std::fmt::Display, help: &str| {
        let message = format!("failed to read this: {error}");
        Diagnostics::whole(path.display().to_string(), "unreadable", message, help)
    };
    let check = "check the name and the permissions";
    if depth == 0 {
        return Err(refuse(&here, &"folders nest too deep", "look for a link to a folder above"));
    }
    for entry in fs::read_dir(&here).map_err(|error| refuse(&here, &error, check))? {
        let entry = entry.map_err(|error| refuse(&here, &error, check))?;
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            return Err(refuse(&path, &"its name is not UTF-8", "rename it"));
        };
        let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if path.is_dir() {
            walk(root, &below, depth - 1, files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            let bytes = fs::read(&path).map_err(|error| refuse(&path, &error, check))?;
            files.push(File::new(&below, &root.display().to_string(), Cow::Owned(bytes)));
        }
    }
    Ok(())
}
