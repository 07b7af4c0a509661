//! Which kernel is wanted, as a word of the command line says it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::debian::Release;

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
