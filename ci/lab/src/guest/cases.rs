//! The user's case files, as they are packed into guests.

use std::path::{Path, PathBuf};

use runner::case::{Source, files};

use super::Archive;
use crate::Failure;

/// Where they are in the guest.
const OWN: &str = "/own";

/// The user's case files, which are packed into guests. The suite's own are in the program `nmi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// Path below their folder, or a single file's name, and content.
    files: Vec<(String, Vec<u8>)>,
    /// The path that the user named.
    named: PathBuf,
}

impl Cases {
    /// From a folder or a file. Errors: one cannot be read.
    pub fn read(path: &Path) -> Result<Cases, Failure> {
        Ok(Cases { files: files(&Source::at(path))?, named: called(path) })
    }

    /// The path that `nmi run --cases` is given, here and in the guest, so that messages name the files as the user did.
    pub fn path(&self) -> &Path {
        &self.named
    }

    /// Where that path must lead in the guest.
    pub(crate) fn place(&self) -> String {
        match self.files.as_slice() {
            [(name, _)] if self.named.is_file() => format!("{OWN}/{name}"),
            _ => OWN.to_owned(),
        }
    }

    /// Puts them into an archive. Errors: as of a file.
    pub fn pack(&self, archive: &mut Archive) -> Result<(), Failure> {
        let root = OWN.trim_start_matches('/');
        archive.folder(root);
        let mut folders: Vec<&str> = Vec::new();
        for (below, bytes) in &self.files {
            for (at, _) in below.match_indices('/') {
                let folder = below.get(..at).unwrap_or_default();
                if !folders.contains(&folder) {
                    archive.folder(&format!("{root}/{folder}"));
                    folders.push(folder);
                }
            }
            archive.file(&format!("{root}/{below}"), bytes)?;
        }
        Ok(())
    }
}

/// The path as the user wrote it, or the absolute path if it does not end in a name: a path that can be created in the guest.
fn called(path: &Path) -> PathBuf {
    let written: PathBuf = path.components().collect();
    let whole = if written.file_name().is_some() { None } else { path.canonicalize().ok() };
    whole.unwrap_or(written)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::super::Archive;
    use super::{Cases, called};

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
            if name.starts_with("own") {
                names.push(format!("{name} {size}"));
            }
            bytes = entry.finish().unwrap();
        }
    }

    fn written(folder: &Path) {
        fs::create_dir_all(folder.join("rules/deep")).unwrap();
        let files =
            [("b.yaml", "four"), ("rules/deep/a.yml", "x"), ("README.md", "#"), (".#b.yaml", "y"), ("b.yaml~", "z")];
        for (file, text) in files {
            fs::write(folder.join(file), text).unwrap();
        }
    }

    #[test]
    fn a_folder_comes_with_its_folders_first_and_without_what_is_no_case() {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path());
        let cases = Cases::read(folder.path()).unwrap();
        assert_eq!((cases.path(), cases.place().as_str()), (folder.path(), "/own"));
        let wanted = ["own 0", "own/b.yaml 4", "own/rules 0", "own/rules/deep 0", "own/rules/deep/a.yml 1"];
        assert_eq!(listed(&cases), wanted);
    }

    #[test]
    fn a_single_file_keeps_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("my-case.yaml");
        fs::write(&file, "four").unwrap();
        let cases = Cases::read(&file).unwrap();
        assert_eq!((cases.path(), cases.place().as_str()), (file.as_path(), "/own/my-case.yaml"));
        assert_eq!(listed(&cases), ["own 0", "own/my-case.yaml 4"]);
    }

    #[test]
    fn a_path_is_called_as_it_was_written_if_that_can_be_made_elsewhere() {
        let here = std::env::current_dir().unwrap();
        for (path, name) in
            [("a/b", Path::new("a/b")), ("./a/b/.", Path::new("./a/b")), ("../a", Path::new("../a")), (".", &here)]
        {
            assert_eq!(called(path.as_ref()), PathBuf::from(name), "{path}");
        }
    }

    #[test]
    fn a_folder_that_is_gone_is_told() {
        assert!(Cases::read("/no/such/folder".as_ref()).unwrap_err().to_string().contains("/no/such/folder"));
    }
}
