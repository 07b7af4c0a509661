//! Kernels: Debian's, by version, and a developer's own, by file.

mod compressed;
mod files;
mod find;
mod keep;
mod modules;
mod spec;

use std::path::PathBuf;

use fs_err as fs;

pub use compressed::decompress;
pub use find::Finder;
pub use modules::{Module, closure};
pub use spec::{Spec, SpecError};

use crate::debian::Release;
use crate::{Cache, Failure, kernel_image};

/// A kernel, ready to boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its name in reports: `6.1.192`, or a file's name.
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

    /// The ELF file that its image holds compressed, which is decompressed once. Errors: the image is no bzImage, or damaged.
    pub fn vmlinux(&self, cache: &Cache) -> Result<PathBuf, Failure> {
        let entry = cache.entry(&format!("vmlinux/{}", self.key), |into| {
            let wrong = |source| Failure::Image { file: self.image.clone(), source };
            let bytes = kernel_image::vmlinux(&fs::read(&self.image)?).map_err(wrong)?;
            Ok(fs::write(into.join("vmlinux"), bytes)?)
        })?;
        Ok(entry.join("vmlinux"))
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
