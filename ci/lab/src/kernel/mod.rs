//! Kernels: Debian's, by version, and a developer's own, by file.

mod compressed;
mod find;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

pub use compressed::decompress;
pub use find::{Finder, Spec, SpecError};
pub use modules::{Module, closure};

use crate::debian::Release;
use crate::{Cache, Failure};

/// The modules whose closures are kept of a kernel.
const KEPT: [&str; 2] = ["kvm-amd", "kvm-intel"];

/// A kernel, ready to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// How reports call it: `6.1.192`, or a file's name.
    pub label: String,
    /// The bzImage file.
    pub image: PathBuf,
    /// A folder with its modules, anywhere below.
    pub modules: PathBuf,
    /// A name for what is derived from it in the cache, which no other kernel has.
    pub key: String,
}

impl Kernel {
    /// Where the cache keeps a kernel of that version.
    fn entry_name(version: &str) -> String {
        format!("kernels/{version}")
    }

    /// A kernel in the cache.
    fn cached(cache: &Cache, version: &str) -> Option<Kernel> {
        let entry = cache.find(&Kernel::entry_name(version))?;
        let label = version.split('-').next().unwrap_or(version).to_owned();
        Some(Kernel { label, image: entry.join("image"), modules: entry.join("modules"), key: version.to_owned() })
    }

    /// Whether it has to be downloaded: it is no file of this machine, and nothing in the cache fits.
    pub fn is_downloaded(cache: &Cache, spec: &Spec) -> bool {
        !matches!(spec, Spec::Files(..)) && Kernel::newest_cached(cache, spec).is_none()
    }

    /// The newest kernel in the cache that fits.
    fn newest_cached(cache: &Cache, spec: &Spec) -> Option<Kernel> {
        // The names of packages are not kept in the cache, and versions say all that is asked here.
        let release = |version: String| Release { name: String::new(), version };
        let cached = Kernel::all_cached(cache).into_iter().map(release);
        let newest = cached.filter(|release| spec.fits(release)).max()?;
        Kernel::cached(cache, &newest.version)
    }

    /// Every kernel in the cache, by version.
    fn all_cached(cache: &Cache) -> Vec<String> {
        let entries = fs::read_dir(cache.path("kernels")).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.ends_with(".part")).collect()
    }
}

/// Takes from an unpacked package what the lab needs of it: the image and the modules that KVM is made of.
fn keep(root: &Path, into: &Path) -> Result<(), Failure> {
    // `boot/vmlinuz-RELEASE`, and in newer packages `usr/lib/modules/RELEASE/vmlinuz`.
    let image = walk(root).into_iter().find(|path| name_of(path).split('-').next() == Some("vmlinuz"));
    let image = image.ok_or(Failure::NoImage)?;
    fs::copy(&image, into.join("image")).map_err(|error| Failure::io("copy", &image, error))?;
    let modules = into.join("modules");
    fs::create_dir_all(&modules).map_err(|error| Failure::io("create", &modules, error))?;
    for top in KEPT {
        for module in closure(root, top)? {
            let file = modules.join(format!("{}.ko", module.name));
            fs::write(&file, &module.bytes).map_err(|error| Failure::io("write", &file, error))?;
        }
    }
    Ok(())
}

/// Every file below a folder, in a fixed order; links are not followed.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
