//! Embeds the suite's cases and the name of the commit into the program, and tells the tests what this host lacks.

mod commit;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let root = variable("CARGO_MANIFEST_DIR")?.join("..");
    println!("cargo::rerun-if-changed=build");
    version(&root)?;
    look_for_kvm();
    without("pvm", Path::new("/sys/module/kvm_pvm").exists());
    without("svm", guests_have_svm());
    for program in ["bash", "fish", "git", "groff", "python3", "zsh"] {
        without(program, is_installed(program));
    }
    without("mounts", mounts());
    let files = embedded(&root.join("cases"))?;
    let mut code =
        "/// The files of `cases/`: path below it, content.\nstatic EMBEDDED: &[(&str, &[u8])] = &[\n".to_owned();
    for (below, path) in files {
        // As bytes, so that the loader can report a file that is not UTF-8, with its place.
        writeln!(code, "    ({below:?}, include_bytes!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(variable("OUT_DIR")?.join("embedded.rs"), code)
}

/// Sets `without_kvm` where the tests of the KVM machine cannot run.
fn look_for_kvm() {
    let opened = fs::File::options().read(true).write(true).open("/dev/kvm").is_ok();
    without("kvm", opened);
    // Cargo treats a missing file as changed at every build.
    if opened {
        println!("cargo::rerun-if-changed=/dev/kvm");
    }
}

/// Whether guests are offered SVM: kvm_amd's parameter `nested`.
fn guests_have_svm() -> bool {
    fs::read_to_string("/sys/module/kvm_amd/parameters/nested").is_ok_and(|set| matches!(set.trim(), "1" | "Y"))
}

/// Sets the cfg `without_WHAT` if it is missing, because the test harness cannot ignore a test at run time.
fn without(what: &str, is_there: bool) {
    println!("cargo::rustc-check-cfg=cfg(without_{what})");
    if !is_there {
        println!("cargo::rustc-cfg=without_{what}");
    }
}

fn is_installed(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// Whether a process may mount file systems in a namespace of its own.
fn mounts() -> bool {
    let tried = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).output();
    tried.is_ok_and(|done| done.status.success())
}

/// The files to embed: path below the folder of cases, and absolute path.
fn embedded(cases: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    println!("cargo::rerun-if-changed={}", cases.display());
    if cases.is_dir() {
        walk(&cases.canonicalize()?, "", &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// Sets NMI_VERSION: the version and, if known, the commit, which the variable NMI_COMMIT names where git cannot.
fn version(root: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=NMI_COMMIT");
    let given = env::var("NMI_COMMIT").ok().filter(|given| !given.is_empty());
    let commit = match given {
        Some(given) if given.contains(|c: char| c.is_control() || c.is_whitespace()) => {
            return Err(io::Error::other("NMI_COMMIT is not one word"));
        }
        Some(given) => Some(given),
        None => {
            commit::watched(root).iter().for_each(|path| println!("cargo::rerun-if-changed={}", path.display()));
            // Changed sources are built anyway, and then may differ from the commit.
            for sources in
                ["guests/src", "guests/x86/src", "reports/src", "reports/templates", "runner/spec/src", "runner/src"]
            {
                let path = root.join(sources);
                if path.exists() {
                    println!("cargo::rerun-if-changed={}", path.display());
                }
            }
            commit::commit(root)
        }
    };
    let version = env::var("CARGO_PKG_VERSION").map_err(io::Error::other)?;
    let version = commit.map_or(version.clone(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=NMI_VERSION={version}");
    Ok(())
}

/// Collects the YAML files below `folder` of `root`.
fn walk(root: &Path, folder: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Hidden and temporary files of editors.
        if name.starts_with(['.', '#']) {
            continue;
        }
        let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            walk(root, &below, files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            files.push((below, entry.path()));
        }
    }
    Ok(())
}
