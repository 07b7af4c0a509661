//! Finding a kernel: in the cache, in Debian's archive, or in files.

use std::cell::OnceCell;

use fs_err as fs;
use reports::hex;
use sha2::{Digest, Sha256};

use super::files::name_of;
use super::keep::keep;
use super::{Kernel, Spec};
use crate::debian::{Archive, Release};
use crate::{Cache, Failure};

/// Finds kernels: in the cache, or in Debian's archive, which is opened when it is first needed.
pub struct Finder<'a> {
    cache: &'a Cache,
    open: Box<dyn Fn() -> Result<Archive, Failure> + 'a>,
    tell: &'a dyn Fn(&str),
    archive: OnceCell<(Archive, Vec<Release>)>,
}

impl<'a> Finder<'a> {
    /// A finder that opens the archive with `open`, and calls `tell` before what takes long.
    pub fn new(
        cache: &'a Cache,
        open: impl Fn() -> Result<Archive, Failure> + 'a,
        tell: &'a dyn Fn(&str),
    ) -> Finder<'a> {
        Finder { cache, open: Box::new(open), tell, archive: OnceCell::new() }
    }

    /// The kernel, downloaded if it is not cached. Without the archive the newest cached one that fits is used. Errors:
    /// there is none.
    pub fn find(&self, spec: &Spec) -> Result<Kernel, Failure> {
        if let Spec::Files(image, modules) = spec {
            let key = hex(&Sha256::digest(fs::read(image)?)[..8]);
            return Ok(Kernel { label: name_of(image), image: image.clone(), modules: modules.clone(), key });
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
            let work = tempfile::tempdir_in(into)?;
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
