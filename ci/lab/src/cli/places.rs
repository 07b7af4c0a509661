//! The folders and the mirror that every command of `lab` works with.

use std::path::{Path, PathBuf};

use clap::Args;
use runner::command::note;

use crate::debian::Archive;
use crate::target::Target;
use crate::{Cache, Failure};

/// Where the cache, the targets and the Debian mirror are.
#[derive(Debug, Args)]
pub(super) struct Places {
    /// Folder for everything that is downloaded, built and written [default: target/lab of the checkout]
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) cache: Option<PathBuf>,
    /// Folder of targets to use instead of the suite's own
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) targets: Option<PathBuf>,
    /// Debian mirror to use instead of the one this machine's apt uses
    #[arg(long, value_name = "URL", global = true)]
    pub(super) mirror: Option<String>,
}

impl Places {
    /// Opens the cache. Errors: it cannot be created.
    pub(super) fn cache(&self) -> Result<Cache, Failure> {
        let own = || checkout().join("../../target/lab");
        Cache::open(&self.cache.clone().unwrap_or_else(own))
    }

    /// Reads all targets. Errors: one is wrong, with its place.
    pub(super) fn targets(&self) -> Result<Vec<Target>, Failure> {
        Ok(Target::read_all(&self.targets.clone().unwrap_or_else(|| checkout().join("targets")))?)
    }

    /// Opens Debian's archive. Errors: no mirror is known, or its lists cannot be had.
    pub(super) fn archive(&self, cache: &Cache) -> Result<Archive, Failure> {
        Archive::open(cache, self.mirror.as_deref(), &note)
    }
}

/// The lab's folder in the checkout that it was built from.
pub(super) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
