//! Patches and builds an emulator.

use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::thread;

use fs_err as fs;

use super::{BuildError, Recipe};
use crate::program::{self, PatchError, last_lines};

impl Recipe {
    /// Patches an unpacked source in place, builds it, and puts the binary into a folder, whole or not at all.
    ///
    /// `source` must be fresh, for patches apply once. `tell` is called at each step; building takes minutes. Errors: a patch
    /// that does not fit; a step that failed.
    pub fn build(&self, into: &Path, source: &Path, tell: &dyn Fn(&str)) -> Result<(), BuildError> {
        tell(&format!("patching {}", self.name));
        for (patch, text) in self.patches {
            self.apply(patch, text, source)?;
        }
        let tree = source.join(self.tree);
        fs::create_dir_all(&tree)?;
        tell(&format!("configuring {}", self.name));
        self.run(self.configure, &tree)?;
        tell(&format!("building {}, which takes some minutes", self.name));
        self.run(self.make, &tree)?;
        let part = into.join("part");
        fs::copy(tree.join(self.binary), &part)?;
        Ok(fs::rename(&part, into.join(self.binary))?)
    }

    fn apply(&self, patch: &'static str, text: &str, source: &Path) -> Result<(), BuildError> {
        program::patch(source, text).map_err(|error| match error {
            PatchError::Misfit { told } => {
                let (made_for, words) = (self.made_for, last_lines(&told));
                BuildError::Patch { patch, made_for, source_folder: source.to_owned(), words }
            }
            PatchError::Program(error) => error.into(),
        })
    }

    fn run(&self, step: &'static [&'static str], tree: &Path) -> Result<(), BuildError> {
        let [step, arguments @ ..] = step else { return Ok(()) };
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let mut command = Command::new(step);
        // Ninja uses all processors by itself.
        command.args(arguments).current_dir(tree).env("MAKEFLAGS", format!("-j{processors}"));
        program::output(&mut command, "`lab list` names its package")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::BuildError;
    use crate::qemu;

    #[test]
    fn a_source_that_the_patch_does_not_fit_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("target/i386/tcg/sysemu/svm_helper.c");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "int other;\n").unwrap();
        let (name, text) = *qemu::RECIPE.patches.iter().find(|(name, _)| *name == "svm-exit-codes.patch").unwrap();
        let error = qemu::RECIPE.apply(name, text, folder.path()).unwrap_err();
        assert!(matches!(error, BuildError::Patch { patch: "svm-exit-codes.patch", .. }), "{error}");
        assert!(error.to_string().contains("it is made for QEMU 7.2"), "{error}");
    }
}
