use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Cache, Failure, program};

/// Script that builds `nmi` and `lab-init` statically into a folder; `ci/dist` uses it, too.
const BUILD: &str = "ci/static";

/// The programs that run in a guest, linked statically: there is nothing else in it.
#[derive(Clone, Debug, Default)]
pub struct Binaries {
    /// The first process.
    pub init: PathBuf,
    /// The program `nmi`.
    pub nmi: PathBuf,
}

impl Binaries {
    /// Builds both from this checkout. Cargo does nothing when they are up to date. Errors: no cargo, no checkout, or the build's.
    pub fn build(cache: &Cache, tell: &dyn Fn(&str)) -> Result<Binaries, Failure> {
        let checkout = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
        let folder = cache.folder("static")?;
        let _lock = cache.lock("static")?;
        tell("building the suite, statically");
        let mut build = Command::new(checkout.join(BUILD));
        program::output(build.arg(&folder).current_dir(checkout), "install Rust with rustup")?;
        let built = folder.join("x86_64-unknown-linux-gnu/release");
        Ok(Binaries { init: built.join("lab-init"), nmi: built.join("nmi") })
    }

    /// Programs that were built elsewhere: `nmi` and `lab-init` of this folder. Errors: one is missing.
    pub fn in_folder(folder: &Path) -> Result<Binaries, Failure> {
        let file = |name: &'static str| {
            let path = folder.join(name);
            path.is_file().then_some(path).ok_or_else(|| Failure::NoBinary { name, folder: folder.to_owned() })
        };
        Ok(Binaries { init: file("lab-init")?, nmi: file("nmi")? })
    }
}
