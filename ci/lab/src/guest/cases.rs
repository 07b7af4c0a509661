use std::fs;
use std::path::{Path, PathBuf};

use super::Archive;
use crate::Failure;

/// Where they are in the guest.
const FOLDER: &str = "cases";

/// How deep folders may nest, as where the suite reads them.
const DEEPEST: usize = 8;

/// One's own cases, as they are packed into guests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// Where they are on this machine: a folder or a file.
    pub path: PathBuf,
    /// Path below that folder, or the file's name, and content.
    files: Vec<(String, Vec<u8>)>,
    /// Whether it is a single file.
    single: bool,
}

impl Cases {
    /// Reads what the suite has just loaded from there: every YAML file. Errors: one cannot be read.
    pub fn read(path: &Path) -> Result<Cases, Failure> {
        let single = path.is_file();
        let mut files = Vec::new();
        if single {
            files.push((name(path), path.to_owned()));
        } else {
            walk(path, "", DEEPEST, &mut files)?;
        }
        files.sort();
        let read = |(below, file): (String, PathBuf)| {
            fs::read(&file).map(|bytes| (below, bytes)).map_err(|error| Failure::io("read", &file, &error))
        };
        let files = files.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Cases { path: path.to_owned(), files, single })
    }

    /// What `nmi run --cases` is given in the guest.
    pub fn guest_path(&self) -> String {
        match self.files.first().filter(|_| self.single) {
            Some((name, _)) => format!("/{FOLDER}/{name}"),
            None => format!("/{FOLDER}"),
        }
    }

    /// Puts them into an archive. Errors: as of a file.
    pub(super) fn pack(&self, archive: &mut Archive) -> Result<(), Failure> {
        archive.folder(FOLDER);
        let mut folders: Vec<&str> = Vec::new();
        for (below, bytes) in &self.files {
            for (at, _) in below.match_indices('/') {
                let folder = below.get(..at).unwrap_or_default();
                if !folders.contains(&folder) {
                    archive.folder(&format!("{FOLDER}/{folder}"));
                    folders.push(folder);
                }
            }
            archive.file(&format!("{FOLDER}/{below}"), bytes)?;
        }
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn walk(root: &Path, folder: &str, depth: usize, files: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let here = root.join(folder);
    let entries = fs::read_dir(&here).map_err(|error| Failure::io("read", &here, &error))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = name(&path);
        let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if path.is_dir() && depth > 0 {
            walk(root, &below, depth - 1, files)?;
        } else if is_yaml && path.is_file() && !name.starts_with('.') {
            files.push((below, path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Archive;
    use super::Cases;

    fn listed(cases: &Cases) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("initramfs");
        let mut archive = Archive::new().unwrap();
        cases.pack(&mut archive).unwrap();
        archive.store(&image).unwrap();
        let mut bytes = std::io::Cursor::new(fs::read(image).unwrap());
        let mut names = Vec::new();
        loop {
            let entry = cpio::newc::Reader::new(bytes).unwrap();
            if entry.entry().is_trailer() {
                return names;
            }
            let (name, size) = (entry.entry().name().to_owned(), entry.entry().file_size());
            if name.starts_with("cases") {
                names.push(format!("{name} {size}"));
            }
            bytes = entry.finish().unwrap();
        }
    }

    #[test]
    fn a_folder_comes_with_its_folders_first_and_without_what_is_no_case() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("rules/deep")).unwrap();
        for (file, text) in [("b.yaml", "four"), ("rules/deep/a.yml", "x"), ("README.md", "#"), (".#b.yaml", "y")] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let cases = Cases::read(folder.path()).unwrap();
        assert_eq!(cases.guest_path(), "/cases");
        let wanted = ["cases 0", "cases/b.yaml 4", "cases/rules 0", "cases/rules/deep 0", "cases/rules/deep/a.yml 1"];
        assert_eq!(listed(&cases), wanted);
    }

    #[test]
    fn a_single_file_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my-case.yaml");
        fs::write(&file, "four").unwrap();
        let cases = Cases::read(&file).unwrap();
        assert_eq!(cases.guest_path(), "/cases/my-case.yaml");
        assert_eq!(listed(&cases), ["cases 0", "cases/my-case.yaml 4"]);
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        assert!(Cases::read("/no/such/folder".as_ref()).unwrap_err().to_string().contains("/no/such/folder"));
    }
}
