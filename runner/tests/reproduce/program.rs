//! Programs made of the suite's cases, compiled and run.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use guests::{Guest, Mode};
use runner::case::{Case, Library, Source, load};
use runner::reproduce::{Form, Reproduction, Unable, program};
use runner::suite::GuestCache;
use runner::terms::{Pass, Path, Vendor};

/// The suite's own cases.
pub(crate) static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| load(&Source::Embedded).unwrap_or_else(|wrong| panic!("{}", wrong.render(false))));

/// The case of that id.
pub(crate) fn case(id: &str) -> &'static Case {
    LIBRARY.cases.iter().find(|case| case.id == id).unwrap_or_else(|| panic!("no case {id}"))
}

/// One pass of one trial.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Which<'a> {
    pub(crate) case: &'a Case,
    pub(crate) mode: Mode,
    pub(crate) path: Path,
    pub(crate) pass: Pass,
    pub(crate) vendor: Vendor,
}

impl<'a> Which<'a> {
    /// In the mode and over the path that the command chooses.
    pub(crate) fn usual(case: &'a Case, pass: Pass, vendor: Vendor) -> Self {
        let mode = *case.modes.last().expect("a mode");
        let path = *case.paths.first().expect("a path");
        let vendor = if case.runs_on(vendor) { vendor } else { other(vendor) };
        Self { case, mode, path, pass, vendor }
    }

    pub(crate) fn guest(&self) -> Arc<Guest> {
        GuestCache::default().get(self.case, self.mode, self.path, self.vendor).expect("it builds")
    }

    /// The program's text.
    pub(crate) fn text(&self, form: Form) -> Result<String, Unable> {
        let Self { case, path, pass, vendor, .. } = *self;
        program(&Reproduction { case, guest: &self.guest(), rules: &LIBRARY.rules, path, pass, vendor, form })
    }

    pub(crate) fn name(&self) -> String {
        format!("{}::{}::{}::{} ({})", self.mode, self.path, self.case.id, self.pass, self.vendor)
    }
}

fn other(vendor: Vendor) -> Vendor {
    match vendor {
        Vendor::Amd => Vendor::Intel,
        Vendor::Intel => Vendor::Amd,
    }
}

/// A compiled program, whose file is removed when this is dropped.
pub(crate) struct Built(PathBuf);

impl Drop for Built {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Built {
    /// Runs the program without arguments, and returns what it printed and how it ended.
    pub(crate) fn run(&self) -> Output {
        Command::new(&self.0).output().expect("it starts")
    }
}

/// Compiles a program; any warning is an error. Errors: the compiler's messages.
pub(crate) fn build(text: &str, flags: &[&str]) -> Result<Built, String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("reproduce-{}-{number}", std::process::id()));
    let source = file.with_extension("c");
    std::fs::write(&source, text).expect("a file");
    let strict = ["-Wall", "-Wextra", "-Werror"];
    let told = Command::new("cc").args(strict).args(flags).arg("-o").arg(&file).arg(&source).output();
    let _ = std::fs::remove_file(&source);
    let told = told.expect("a C compiler, which Rust needs for linking, too");
    match told.status.success() {
        true => Ok(Built(file)),
        false => Err(String::from_utf8_lossy(&told.stderr).into_owned()),
    }
}
