//! KVM's source as Debian has it, and the tree in which it is built with patches.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::{ModulesError, Patch};
use crate::{Attempt, Failure};

/// The list of files of the tree that may differ from the source, beside the source.
const TOUCHED: &str = "touched";

/// KVM's source of one kernel, which never changes, and the tree that it is built in, which keeps its object files: `make`
/// rebuilds only what depends on a change.
#[derive(Clone, Debug)]
pub struct Sources {
    /// As Debian has it.
    pub pristine: PathBuf,
    /// Where it is built.
    pub tree: PathBuf,
    /// The kernel, for messages.
    pub kernel: String,
}

impl Sources {
    /// Makes the tree the source with these patches, in this order. Files whose content is right are not written.
    /// Errors: a patch changes a file that is not there, or does not apply; the tree is then unchanged.
    pub fn patch(&self, patches: &[Patch]) -> Result<(), Failure> {
        let scratch = tempfile::tempdir().map_err(|error| Failure::trouble(Attempt::CreateFolder, error))?;
        let mut wanted: BTreeSet<String> = BTreeSet::new();
        for patch in patches {
            for (line, file) in &patch.files {
                let from = self.file(patch, *line, file)?;
                if wanted.insert(file.clone()) {
                    let to = scratch.path().join(file);
                    fs::create_dir_all(to.parent().unwrap_or(&to))?;
                    fs::copy(&from, &to)?;
                }
            }
            patch.apply(scratch.path(), &self.kernel)?;
        }
        let list = self.pristine.with_file_name(TOUCHED);
        // None yet, unless something was patched before.
        let before = fs::read_to_string(&list).unwrap_or_default();
        let touched: BTreeSet<String> = before.lines().map(str::to_owned).chain(wanted.iter().cloned()).collect();
        let lines: String = touched.iter().map(|file| format!("{file}\n")).collect();
        fs::write(&list, lines)?;
        for file in &touched {
            let from = if wanted.contains(file) { scratch.path() } else { &self.pristine };
            let (bytes, to) = (fs::read(from.join(file))?, self.tree.join(file));
            if fs::read(&to).ok().as_ref() != Some(&bytes) {
                fs::write(&to, &bytes)?;
            }
        }
        Ok(fs::write(&list, wanted.iter().map(|file| format!("{file}\n")).collect::<String>())?)
    }

    /// A file of the source by the name that a patch gives it.
    fn file(&self, patch: &Patch, line: usize, file: &str) -> Result<PathBuf, ModulesError> {
        let outside = file.split('/').any(|part| part == "..") || Path::new(file).is_absolute();
        let path = self.pristine.join(file);
        match !outside && path.is_file() {
            true => Ok(path),
            false => Err(ModulesError::Outside {
                patch: patch.name.clone(),
                line,
                file: file.to_owned(),
                kernel: self.kernel.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::Sources;
    use crate::modules::Patch;

    fn patch(name: &str, file: &str, from: &str, to: &str) -> Patch {
        let text = format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{from}\n+{to}\n");
        Patch::new(name, text).unwrap()
    }

    fn sources(folder: &Path) -> Sources {
        let (pristine, tree) = (folder.join("source"), folder.join("tree"));
        for below in [&pristine, &tree] {
            fs::create_dir_all(below.join("virt/kvm")).unwrap();
            for name in ["a.c", "b.c"] {
                let file = below.join("virt/kvm").join(name);
                fs::write(&file, "one\n").unwrap();
                let old = SystemTime::now() - Duration::from_secs(600);
                fs::File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
            }
        }
        Sources { pristine, tree, kernel: "7.3.4".to_owned() }
    }

    #[test]
    fn the_tree_has_the_patches_of_this_build_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let text = |name: &str| fs::read_to_string(sources.tree.join("virt/kvm").join(name)).unwrap();
        let age = |name: &str| fs::metadata(sources.tree.join("virt/kvm").join(name)).unwrap().modified().unwrap();
        let (two, three) = (patch("2", "virt/kvm/a.c", "one", "two"), patch("3", "virt/kvm/a.c", "two", "three"));
        let untouched = age("b.c");
        sources.patch(&[two.clone(), three]).unwrap();
        assert_eq!((text("a.c").as_str(), text("b.c").as_str()), ("three\n", "one\n"));
        sources.patch(&[patch("b", "virt/kvm/b.c", "one", "two")]).unwrap();
        assert_eq!((text("a.c").as_str(), text("b.c").as_str()), ("one\n", "two\n"));
        sources.patch(std::slice::from_ref(&two)).unwrap();
        let built = age("a.c");
        sources.patch(&[two]).unwrap();
        assert_eq!(age("a.c"), built, "nothing to build anew");
        assert!(untouched < built);
    }

    #[test]
    fn a_patch_that_does_not_fit_leaves_the_tree_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path());
        let good = patch("good", "virt/kvm/b.c", "one", "two");
        let told = |file: &str, from: &str| {
            sources.patch(&[good.clone(), patch("bad", file, from, "x")]).unwrap_err().to_string()
        };
        assert!(told("virt/kvm/a.c", "nothing").starts_with("bad does not apply to Linux 7.3.4: hunk 1"));
        assert!(told("mm/gup.c", "one").starts_with("bad:2: `mm/gup.c` is not part of KVM's modules"));
        assert!(told("../source/virt/kvm/a.c", "one").contains("is not part of"));
        assert_eq!(fs::read_to_string(sources.tree.join("virt/kvm/b.c")).unwrap(), "one\n");
    }
}
