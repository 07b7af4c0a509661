//! Which kernel is wanted, and finding it: in the cache, in Debian's archive, or in files.

use std::cell::OnceCell;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::{Kernel, keep, name_of};
use crate::debian::{Archive, Release};
use crate::{Cache, Failure};

/// Which kernel is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// The newest there is.
    Newest,
    /// The newest of a series (`6.1`), or a release (`6.1.192`, `6.1.0-56-amd64`).
    Version(String),
    /// A bzImage and a folder of modules.
    Files(PathBuf, PathBuf),
}

/// A word that is no kernel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The image is not there.
    #[error("there is no file {}", .0.display())]
    NoFile(PathBuf),
    /// The modules are not there.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// Neither a version nor files.
    #[error("write `newest`, a version such as 6.12, or BZIMAGE:MODULES")]
    Word,
}

impl Spec {
    /// Whether a release of Debian's is what is wanted.
    pub(super) fn fits(&self, release: &Release) -> bool {
        match self {
            Spec::Newest => true,
            Spec::Version(version) => release.fits(version),
            Spec::Files(..) => false,
        }
    }
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(word: &str) -> Result<Spec, SpecError> {
        match word.split_once(':') {
            Some((image, modules)) => {
                let (image, modules) = (PathBuf::from(image), PathBuf::from(modules));
                if !image.is_file() {
                    return Err(SpecError::NoFile(image));
                }
                if !modules.is_dir() {
                    return Err(SpecError::NoFolder(modules));
                }
                Ok(Spec::Files(image, modules))
            }
            None if word == "newest" => Ok(Spec::Newest),
            None if word.starts_with(|c: char| c.is_ascii_digit()) => Ok(Spec::Version(word.to_owned())),
            None => Err(SpecError::Word),
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Newest => f.write_str("newest"),
            Spec::Version(version) => f.write_str(version),
            Spec::Files(image, modules) => write!(f, "{}:{}", image.display(), modules.display()),
        }
    }
}

/// Finds kernels: in the cache, or in Debian's archive, which is opened when it is first needed.
pub struct Finder<'a> {
    cache: &'a Cache,
    open: Box<dyn Fn() -> Result<Archive, Failure> + 'a>,
    tell: &'a dyn Fn(&str),
    archive: OnceCell<(Archive, Vec<Release>)>,
}

impl<'a> Finder<'a> {
    /// A finder that opens the archive with `open`, and tells `tell` what takes long.
    pub fn new(
        cache: &'a Cache,
        open: impl Fn() -> Result<Archive, Failure> + 'a,
        tell: &'a dyn Fn(&str),
    ) -> Finder<'a> {
        Finder { cache, open: Box::new(open), tell, archive: OnceCell::new() }
    }

    /// The kernel, downloaded if it is not cached. Without the archive the newest cached one that fits is taken. Errors:
    /// there is none.
    pub fn find(&self, spec: &Spec) -> Result<Kernel, Failure> {
        if let Spec::Files(image, modules) = spec {
            let bytes = fs::read(image).map_err(|error| Failure::io("read", image, error))?;
            let hash: String = Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            return Ok(Kernel { label: name_of(image), image: image.clone(), modules: modules.clone(), key: hash });
        }
        let failure = match self.archive() {
            Ok((archive, releases)) => match releases.iter().rev().find(|release| spec.fits(release)) {
                Some(release) => match self.download(archive, release) {
                    Err(failure) if failure.is_absent() => failure,
                    done => return done,
                },
                None => return Err(Failure::UnknownKernel(spec.to_string())),
            },
            Err(failure) if failure.is_absent() => failure,
            Err(failure) => return Err(failure),
        };
        match Kernel::newest_cached(self.cache, spec) {
            Some(kernel) => {
                (self.tell)(&format!("{failure}; the cached {} is used", kernel.label));
                Ok(kernel)
            }
            None => Err(failure),
        }
    }

    /// The newest release of each series of the archive, oldest series first, and whether it is cached. Errors: there are
    /// no lists.
    pub fn series(&self) -> Result<Vec<(Release, bool)>, Failure> {
        let (_, releases) = self.archive()?;
        let mut newest: Vec<Release> = Vec::new();
        for release in releases {
            newest.retain(|other| other.series() != release.series());
            newest.push(release.clone());
        }
        let cached = |release: &Release| self.cache.find(&Kernel::entry_name(&release.version)).is_some();
        Ok(newest.into_iter().map(|release| (release.clone(), cached(&release))).collect())
    }

    fn download(&self, archive: &Archive, release: &Release) -> Result<Kernel, Failure> {
        self.cache.entry(&Kernel::entry_name(&release.version), |into| {
            (self.tell)(&format!("fetching kernel {} ({})", release.upstream(), release.name));
            let work = tempfile::tempdir_in(into).map_err(|error| Failure::io("create a folder in", into, error))?;
            archive.unpack_kernel(release, work.path())?;
            keep(work.path(), into)
        })?;
        Kernel::cached(self.cache, &release.version).ok_or_else(|| Failure::LostKernel(release.version.clone()))
    }

    fn archive(&self) -> Result<&(Archive, Vec<Release>), Failure> {
        if let Some(known) = self.archive.get() {
            return Ok(known);
        }
        let archive = (self.open)()?;
        let releases = archive.kernels()?;
        Ok(self.archive.get_or_init(|| (archive, releases)))
    }
}
