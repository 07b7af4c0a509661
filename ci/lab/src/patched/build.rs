//! Patches and builds an emulator.

use std::fs;
use std::io::{ErrorKind, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::{BuildError, Recipe};
use crate::needs::Missing;

impl Recipe {
    /// Patches an unpacked source in place, builds it, and puts the binary into a folder, whole or not at all.
    ///
    /// `source` must be fresh, for patches apply once. `tell` hears of each step; building takes minutes. Errors: packages
    /// that are missing, all of them; a patch that does not fit; a step that failed.
    pub fn build(&self, into: &Path, source: &Path, tell: &dyn Fn(&str)) -> Result<PathBuf, BuildError> {
        let missing = Missing::of(&[self.building]);
        if !missing.is_empty() {
            return Err(BuildError::Packages { name: self.name, missing });
        }
        tell(&format!("patching {}", self.name));
        for (patch, text) in self.patches {
            self.apply(patch, text, source)?;
        }
        let tree = source.join(self.tree);
        fs::create_dir_all(&tree).map_err(BuildError::io("create", &tree))?;
        tell(&format!("configuring {}", self.name));
        self.run(self.configure, &tree)?;
        tell(&format!("building {}, which takes some minutes", self.name));
        self.run(self.make, &tree)?;
        let (built, part, binary) = (tree.join(self.binary), into.join("part"), into.join(self.binary));
        fs::copy(&built, &part).map_err(BuildError::io("copy", &built))?;
        fs::rename(&part, &binary).map_err(BuildError::io("rename", &part))?;
        Ok(binary)
    }

    fn apply(&self, patch: &'static str, text: &str, source: &Path) -> Result<(), BuildError> {
        // Without fuzz: context that differs is a source that nobody has tried.
        let mut command = Command::new("patch");
        command.args(["-p1", "--fuzz=0", "--batch", "--forward"]).current_dir(source);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(BuildError::io("run", Path::new("patch")))?;
        if let Some(mut input) = child.stdin.take()
            && let Err(error) = input.write_all(text.as_bytes())
            && error.kind() != ErrorKind::BrokenPipe
        {
            return Err(BuildError::io("write to", Path::new("patch"))(error));
        }
        let out = child.wait_with_output().map_err(BuildError::io("run", Path::new("patch")))?;
        if out.status.success() {
            return Ok(());
        }
        let (made_for, words) = (self.made_for, last_lines(&out.stdout));
        Err(BuildError::Patch { patch, made_for, source_folder: source.to_owned(), words })
    }

    fn run(&self, step: &'static [&'static str], tree: &Path) -> Result<(), BuildError> {
        let [step, arguments @ ..] = step else { return Ok(()) };
        let mut command = Command::new(step);
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        // Ninja uses all processors by itself.
        command.args(arguments).current_dir(tree).env("MAKEFLAGS", format!("-j{processors}"));
        let out = command.stdin(Stdio::null()).output().map_err(BuildError::io("run", Path::new(step)))?;
        if out.status.success() {
            return Ok(());
        }
        // Configure and Make write to standard error, Ninja to standard output.
        let words = if out.stderr.is_empty() { &out.stdout } else { &out.stderr };
        Err(BuildError::Step { name: self.name, step, words: last_lines(words) })
    }
}

fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}

#[cfg(test)]
mod tests {
    use super::{BuildError, last_lines};
    use crate::needs::{Missing, Probe};
    use crate::qemu;

    #[test]
    fn a_source_that_the_patch_does_not_fit_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("target/i386/tcg/sysemu/svm_helper.c");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "int other;\n").unwrap();
        let (name, text) = qemu::RECIPE.patches[0];
        let error = qemu::RECIPE.apply(name, text, folder.path()).unwrap_err();
        assert!(matches!(error, BuildError::Patch { patch: "svm-exit-codes.patch", .. }), "{error}");
        assert!(error.to_string().contains("it is made for QEMU 7.2"), "{error}");
    }

    #[test]
    fn missing_packages_are_one_sentence() {
        let missing = Missing::of(&[&[(Probe::File("/no/such/file"), "ninja-build")]]);
        let error = BuildError::Packages { name: "QEMU", missing };
        insta::assert_snapshot!(error, @"QEMU cannot be built here: apt-get install ninja-build");
    }

    #[test]
    fn the_last_words_are_few() {
        assert_eq!(last_lines(b"a\nb\n\nc\nd\n"), "b / c / d");
        assert_eq!(last_lines(b""), "");
    }
}
