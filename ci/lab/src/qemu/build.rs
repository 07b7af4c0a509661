use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::patches::{PATCHES, patches_hash};

/// What is built, and what its file is called.
pub const BINARY: &str = "qemu-system-x86_64";

/// Programs the build runs, and the packages that hold them.
const PROGRAMS: [(&str, &str); 7] = [
    ("cc", "build-essential"),
    ("make", "build-essential"),
    ("patch", "patch"),
    ("python3", "python3"),
    ("meson", "meson"),
    ("ninja", "ninja-build"),
    ("pkg-config", "pkg-config"),
];

/// What succeeds if a library's files for building are there, and the package that holds them.
const LIBRARIES: [(&[&str], &str); 3] = [
    (&["pkg-config", "glib-2.0"], "libglib2.0-dev"),
    (&["pkg-config", "pixman-1"], "libpixman-1-dev"),
    // Debian's has no entry in pkg-config.
    (&["cc", "-E", "-include", "libfdt.h", "-x", "c", "/dev/null"], "libfdt-dev"),
];

const CONFIGURE: [&str; 7] = [
    "--target-list=x86_64-softmmu",
    "--meson=meson",
    "--without-default-features",
    "--enable-tcg",
    "--enable-system",
    "--disable-docs",
    "--disable-tools",
];

/// Why there is no patched QEMU.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Packages that the build needs are not installed.
    #[error("QEMU cannot be built here without {0}: apt-get install {0}")]
    Packages(String),
    /// A patch does not fit this source.
    #[error("{patch} does not apply to {source_folder} ({words}): it is made for QEMU 7.2 of Debian bookworm")]
    Patch {
        /// Its file name.
        patch: &'static str,
        /// Where the source was unpacked.
        source_folder: PathBuf,
        /// What `patch` said.
        words: String,
    },
    /// A step of the build failed.
    #[error("`{step}` of QEMU failed; its last words: {words}")]
    Step {
        /// The program.
        step: &'static str,
        /// The last lines that it wrote.
        words: String,
    },
    /// A file or a program could not be used.
    #[error("failed to {what} {}: {error}", path.display())]
    Io {
        /// An infinitive.
        what: &'static str,
        /// The file or program.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl BuildError {
    fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BuildError {
        move |error| BuildError::Io { what, path: path.to_owned(), error }
    }
}

/// Patches Debian's unpacked QEMU source in place, builds it, and puts [`BINARY`] into a folder, whole or not at all.
///
/// `source` must be fresh, for patches apply once. `tell` hears of each step; building takes some six minutes on two
/// processors. Errors: packages that are missing, all of them; a patch that does not fit; a step that failed.
pub fn build(into: &Path, source: &Path, tell: &dyn Fn(&str)) -> Result<PathBuf, BuildError> {
    let missing = missing_packages();
    if !missing.is_empty() {
        return Err(BuildError::Packages(missing.join(" ")));
    }
    tell("patching QEMU");
    for (patch, text) in PATCHES {
        apply(patch, text, source)?;
    }
    let tree = source.join("build-lab");
    fs::create_dir_all(&tree).map_err(BuildError::io("create", &tree))?;
    tell("configuring QEMU");
    run("configure", Command::new("../configure").args(CONFIGURE).current_dir(&tree))?;
    tell("building QEMU, which takes some minutes");
    run("ninja", Command::new("ninja").arg(BINARY).current_dir(&tree))?;
    let (built, part, binary) = (tree.join(BINARY), into.join("part"), into.join(BINARY));
    fs::copy(&built, &part).map_err(BuildError::io("copy", &built))?;
    fs::rename(&part, &binary).map_err(BuildError::io("rename", &part))?;
    Ok(binary)
}

/// The binary of these patches in a cache, whatever version of Debian's source it was built from.
pub fn find(cache: &Path) -> Option<PathBuf> {
    let suffix = format!("-{}", patches_hash());
    let entries = fs::read_dir(cache.join("qemu")).ok()?.flatten();
    let built = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(&suffix));
    built.map(|entry| entry.path().join(BINARY)).find(|binary| binary.is_file())
}

/// The packages that a build needs and that are not installed.
pub fn missing_packages() -> Vec<&'static str> {
    let answers = |words: &[&str]| {
        let [program, arguments @ ..] = words else { return None };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()
    };
    // A program need only start.
    let programs = PROGRAMS.iter().filter(|(program, _)| answers(&[program, "--version"]).is_none());
    let programs = programs.map(|(_, package)| *package);
    let libraries = LIBRARIES.iter().filter(|(probe, _)| !answers(probe).is_some_and(|status| status.success()));
    let mut packages: Vec<&str> = programs.chain(libraries.map(|(_, package)| *package)).collect();
    packages.dedup();
    packages
}

fn apply(patch: &'static str, text: &str, source: &Path) -> Result<(), BuildError> {
    // Without fuzz: context that differs is a source that nobody has tried.
    let mut command = Command::new("patch");
    command.args(["-p1", "--fuzz=0", "--batch", "--forward"]).current_dir(source);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(BuildError::io("run", Path::new("patch")))?;
    if let Some(mut input) = child.stdin.take()
        && let Err(error) = input.write_all(text.as_bytes())
        && error.kind() != ErrorKind::BrokenPipe
    {
        return Err(BuildError::io("write to", Path::new("patch"))(error));
    }
    let out = child.wait_with_output().map_err(BuildError::io("run", Path::new("patch")))?;
    if out.status.success() {
        return Ok(());
    }
    Err(BuildError::Patch { patch, source_folder: source.to_owned(), words: last_lines(&out.stdout) })
}

fn run(step: &'static str, command: &mut Command) -> Result<(), BuildError> {
    let out = command.stdin(Stdio::null()).output().map_err(BuildError::io("run", Path::new(step)))?;
    if out.status.success() {
        return Ok(());
    }
    // Configure writes to standard error, Ninja to standard output.
    let words = if out.stderr.is_empty() { &out.stdout } else { &out.stderr };
    Err(BuildError::Step { step, words: last_lines(words) })
}

fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join(" / ")
}

#[cfg(test)]
mod tests {
    use super::{BINARY, BuildError, PATCHES, apply, find, last_lines};
    use crate::qemu::patched_qemu_key;

    #[test]
    fn a_source_that_the_patch_does_not_fit_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("target/i386/tcg/sysemu/svm_helper.c");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "int other;\n").unwrap();
        let (name, text) = PATCHES[0];
        let error = apply(name, text, folder.path()).unwrap_err();
        assert!(matches!(error, BuildError::Patch { patch: "svm-exit-codes.patch", .. }), "{error}");
        assert!(error.to_string().contains("it is made for QEMU 7.2"), "{error}");
    }

    #[test]
    fn missing_packages_are_one_sentence() {
        let error = BuildError::Packages("ninja-build libfdt-dev".to_owned());
        insta::assert_snapshot!(error, @"QEMU cannot be built here without ninja-build libfdt-dev: apt-get install ninja-build libfdt-dev");
    }

    #[test]
    fn only_a_binary_of_these_patches_is_found() {
        let cache = tempfile::tempdir().unwrap();
        let other = cache.path().join("qemu/1_7.2-000000000000");
        std::fs::create_dir_all(&other).unwrap();
        std::fs::write(other.join(BINARY), "").unwrap();
        assert_eq!(find(cache.path()), None);
        let own = cache.path().join(patched_qemu_key("1:7.2+dfsg-7"));
        std::fs::create_dir_all(&own).unwrap();
        assert_eq!(find(cache.path()), None);
        std::fs::write(own.join(BINARY), "").unwrap();
        assert_eq!(find(cache.path()), Some(own.join(BINARY)));
    }

    #[test]
    fn the_last_words_are_few() {
        assert_eq!(last_lines(b"a\nb\n\nc\nd\n"), "b / c / d");
        assert_eq!(last_lines(b""), "");
    }
}
