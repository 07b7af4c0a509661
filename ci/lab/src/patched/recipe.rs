//! How an emulator is built, and the name of the result in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use reports::hex;
use sha2::{Digest, Sha256};

use crate::debian;
use crate::needs::{Missing, Need};

/// How an emulator is built from the source package of Debian and the lab's patches.
#[derive(Debug)]
pub struct Recipe {
    /// What people call it.
    pub name: &'static str,
    /// The one version that the patches are made for, for people.
    pub made_for: &'static str,
    /// Debian's source package.
    pub package: &'static str,
    /// How Debian's version of it starts.
    pub version: &'static str,
    /// Whether Debian's own patches belong to it, or the upstream source alone is built.
    pub debian_patches: bool,
    /// Patches by their names, in the order in which they apply.
    pub patches: &'static [(&'static str, &'static str)],
    /// What fetching the source needs beyond apt.
    pub fetching: &'static [Need],
    /// What the build needs.
    pub building: &'static [Need],
    /// What the binary needs where it runs.
    pub running: &'static [Need],
    /// The folder to build in, below the source.
    pub tree: &'static str,
    /// The program that configures it, and its arguments.
    pub configure: &'static [&'static str],
    /// The program that builds it, and its arguments.
    pub make: &'static [&'static str],
    /// What is built, and what its file is called.
    pub binary: &'static str,
}

impl Recipe {
    /// First 12 hex digits of the hash of all patches.
    pub fn patches_hash(&self) -> String {
        let mut hash = Sha256::new();
        for (name, text) in self.patches {
            hash.update(name);
            hash.update(text);
        }
        hex(&hash.finalize()[..6])
    }

    /// Name of the cache entry that holds what is built from this version of Debian's source package.
    pub fn key(&self, debian_version: &str) -> String {
        let fit = |c: char| c.is_ascii_alphanumeric() || ".+-~".contains(c);
        let version: String = debian_version.chars().map(|c| if fit(c) { c } else { '_' }).collect();
        format!("{}/{version}-{}", self.package, self.patches_hash())
    }

    /// The binary of these patches in a cache, whatever version of Debian's source it was built from.
    pub fn find(&self, cache: &Path) -> Option<PathBuf> {
        let suffix = format!("-{}", self.patches_hash());
        let entries = fs::read_dir(cache.join(self.package)).ok()?.flatten();
        let built = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(&suffix));
        built.map(|entry| entry.path().join(self.binary)).find(|binary| binary.is_file())
    }

    /// What is missing here to run it, and if it is not in the cache, to fetch and build it.
    pub fn missing(&self, cache: &Path) -> Missing {
        match self.find(cache) {
            Some(_) => Missing::of(&[self.running]),
            None => Missing::of(&[debian::NEEDS, self.fetching, self.building, self.running]),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{bochs, qemu};

    #[test]
    fn the_key_holds_version_and_patches_and_is_one_folder() {
        let hash = qemu::RECIPE.patches_hash();
        assert_eq!(qemu::RECIPE.key("1:7.2+dfsg-7+deb12u18"), format!("qemu/1_7.2+dfsg-7+deb12u18-{hash}"));
        assert_eq!(hash.len(), 12);
        assert_ne!(bochs::RECIPE.patches_hash(), hash);
    }

    #[test]
    fn only_a_binary_of_these_patches_is_found() {
        let cache = tempfile::tempdir().unwrap();
        let recipe = &qemu::RECIPE;
        let other = cache.path().join("qemu/1_7.2-000000000000");
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join(recipe.binary), "").unwrap();
        assert_eq!(recipe.find(cache.path()), None);
        let own = cache.path().join(recipe.key("1:7.2+dfsg-7"));
        std::fs::create_dir_all(&own).unwrap();
        assert_eq!(recipe.find(cache.path()), None);
        std::fs::write(own.join(recipe.binary), "").unwrap();
        assert_eq!(recipe.find(cache.path()), Some(own.join(recipe.binary)));
    }
}
