//! A patch of KVM, and applying it to copies of the files that it changes.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use reports::hex;
use sha2::{Digest, Sha256};

use super::ModulesError;
use crate::Failure;
use crate::program::{self, PatchError};

/// A change of KVM's source, as `git diff` and `diff -u` write it, with paths from the top of the kernel's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Its file, as messages name it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The files it changes, each with the line that names it, from 1.
    pub files: Vec<(usize, String)>,
}

impl Patch {
    /// Reads a patch. Errors: it cannot be read, or changes no file.
    pub fn read(path: &Path) -> Result<Patch, ModulesError> {
        Patch::new(&path.display().to_string(), fs::read_to_string(path)?)
    }

    /// A patch of that name. Errors: it changes no file.
    pub fn new(name: &str, text: String) -> Result<Patch, ModulesError> {
        let lines: Vec<&str> = text.lines().collect();
        let names = lines.windows(3).enumerate().filter_map(|(at, lines)| {
            let [old, new, hunk] = lines else { return None };
            let file = new.strip_prefix("+++ ").filter(|_| old.starts_with("--- ") && hunk.starts_with("@@ "))?;
            // `diff -u` puts a time after a tab; the first folder is `a` or `b`.
            let path = file.split('\t').next()?.trim();
            Some((at + 2, path.split_once('/').map_or(path, |(_, below)| below).to_owned()))
        });
        let files: Vec<(usize, String)> = names.collect();
        match files.is_empty() {
            true => Err(ModulesError::NoDiff { patch: name.to_owned() }),
            false => Ok(Patch { name: name.to_owned(), files, text }),
        }
    }

    /// Applies it to the files of a folder; `kernel` is for the message. Errors: it does not fit.
    pub fn apply(&self, folder: &Path, kernel: &str) -> Result<(), Failure> {
        program::patch(folder, &self.text).map_err(|error| match error {
            PatchError::Misfit { told } => self.refused(&told, kernel).into(),
            PatchError::Program(error) => error.into(),
        })
    }

    /// The error that `patch` reports.
    fn refused(&self, told: &str, kernel: &str) -> ModulesError {
        let (patch, kernel) = (self.name.clone(), kernel.to_owned());
        let mut file = "";
        for line in told.lines() {
            file = line.strip_prefix("patching file ").unwrap_or(file);
            if let Some((hunk, at)) = failed_hunk(line) {
                return ModulesError::Hunk { patch, kernel, file: file.trim_matches('\'').to_owned(), hunk, at };
            }
        }
        let fatal = told.lines().find_map(|line| line.strip_prefix("patch: **** "));
        let words = fatal.or_else(|| told.lines().find(|line| !line.trim().is_empty()));
        ModulesError::Refused { patch, kernel, words: words.unwrap_or("`patch` says nothing").to_owned() }
    }
}

/// Reads `Hunk #2 FAILED at 4157.`.
fn failed_hunk(line: &str) -> Option<(usize, usize)> {
    let (hunk, at) = line.strip_prefix("Hunk #")?.split_once(" FAILED at ")?;
    let digits = at.find(|c: char| !c.is_ascii_digit()).unwrap_or(at.len());
    Some((hunk.parse().ok()?, at.get(..digits)?.parse().ok()?))
}

/// The patches of a folder, sorted by their names. Errors: the folder cannot be read.
pub fn patch_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "patch"));
    files.sort();
    Ok(files)
}

/// First 12 hex digits of the hash of a way of building and these patches, in this order.
pub fn hash(build: u8, patches: &[Patch]) -> String {
    let mut hash = Sha256::new();
    hash.update([build]);
    for patch in patches {
        hash.update((patch.text.len() as u64).to_le_bytes());
        hash.update(&patch.text);
    }
    hex(&hash.finalize()[..6])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Patch, hash};

    const TEXT: &str = "From: someone\nSubject: [PATCH] x\n\n--- \n\n--- a/arch/x86/kvm/x86.c\t2026-01-01\n+++ b/arch/x86/kvm/x86.c\n\
                        @@ -1,2 +1,2 @@\n int a;\n-int b;\n+int c;\n";

    #[test]
    fn the_files_of_a_patch_have_their_lines() {
        let patch = Patch::new("x.patch", TEXT.to_owned()).unwrap();
        assert_eq!(patch.files, [(7, "arch/x86/kvm/x86.c".to_owned())]);
        assert!(Patch::new("x.patch", "int a;\n".to_owned()).unwrap_err().to_string().contains("changes no file"));
    }

    #[test]
    fn a_patch_applies_or_says_which_hunk_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("arch/x86/kvm/x86.c");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let patch = Patch::new("x.patch", TEXT.to_owned()).unwrap();
        fs::write(&file, "int a;\nint b;\n").unwrap();
        patch.apply(folder.path(), "7.3.4").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "int a;\nint c;\n");
        fs::write(&file, "int z;\nint b;\n").unwrap();
        let error = patch.apply(folder.path(), "7.3.4").unwrap_err().to_string();
        let wanted = "x.patch does not apply to Linux 7.3.4: hunk 1 does not fit arch/x86/kvm/x86.c, where it is looked for at line 1";
        assert_eq!(error, wanted);
    }

    #[test]
    fn of_a_malformed_patch_the_line_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("arch/x86/kvm/x86.c");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "int a;\nint b;\n").unwrap();
        let patch = Patch::new("x.patch", TEXT.replace("\n-int b;", "\nint b;")).unwrap();
        let error = patch.apply(folder.path(), "7.3.4").unwrap_err().to_string();
        assert!(error.contains("x.patch") && error.ends_with("malformed patch at line 10: int b;"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "int a;\nint b;\n");
    }

    #[test]
    fn order_and_text_make_another_hash() {
        let a = Patch::new("a", TEXT.to_owned()).unwrap();
        let b = Patch::new("b", TEXT.replace("int c", "int d")).unwrap();
        let (ab, ba) = (hash(1, &[a.clone(), b.clone()]), hash(1, &[b, a.clone()]));
        assert!(ab != ba && hash(1, std::slice::from_ref(&a)).len() == 12);
        assert_ne!(hash(1, std::slice::from_ref(&a)), hash(2, &[a]));
    }
}
