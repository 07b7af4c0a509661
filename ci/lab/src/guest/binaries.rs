use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Cache, Failure, program};

/// The explicit target keeps the flags away from build scripts and macros, which run on this machine.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The programs that run in a guest, linked statically: there is nothing else in it.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The first process.
    pub init: PathBuf,
    /// The suite.
    pub nmi: PathBuf,
}

impl Binaries {
    /// Builds both from this checkout; cargo does nothing when they are up to date. Errors: no cargo, no checkout, or the
    /// build's.
    pub fn build(cache: &Cache, tell: &dyn Fn(&str)) -> Result<Binaries, Failure> {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = cache.folder("static")?;
        let _hold = cache.hold("static")?;
        tell("building the suite, statically");
        let mut cargo = Command::new("cargo");
        cargo.args([
            "build",
            "--release",
            "--quiet",
            "--locked",
            "--bin",
            "nmi",
            "--bin",
            "lab-init",
            "--target",
            TARGET,
        ]);
        cargo.args(["--package", "runner", "--package", "lab", "--target-dir"]).arg(&folder).current_dir(checkout);
        cargo.env("RUSTFLAGS", "-C target-feature=+crt-static").env_remove("CARGO_ENCODED_RUSTFLAGS");
        program::output(&mut cargo, "install Rust with rustup")?;
        let built = folder.join(TARGET).join("release");
        Ok(Binaries { init: built.join("lab-init"), nmi: built.join("nmi") })
    }

    /// Programs that were built elsewhere: `nmi` and `lab-init` of this folder. Errors: one is missing.
    pub fn in_folder(folder: &Path) -> Result<Binaries, Failure> {
        let file = |name: &str| {
            let path = folder.join(name);
            let missing = || Failure::Input(format!("error: there is no {} in {}", name, folder.display()));
            path.is_file().then_some(path).ok_or_else(missing)
        };
        Ok(Binaries { init: file("lab-init")?, nmi: file("nmi")? })
    }
}
