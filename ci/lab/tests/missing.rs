//! Missing packages are reported before anything is built or downloaded: all of them at once, as one command.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Runs the lab where only these programs exist, each of which does nothing and succeeds.
fn lab(programs: &[&str], words: &[&str]) -> (Output, TempDir) {
    let scratch = tempfile::tempdir().unwrap();
    let bin = scratch.path().join("bin");
    fs::create_dir(&bin).unwrap();
    for name in programs {
        fs::write(bin.join(name), "#!/bin/sh\n").unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut lab = Command::new(env!("CARGO_BIN_EXE_lab"));
    lab.args(words).arg("--cache").arg(scratch.path().join("cache")).env("PATH", &bin);
    (lab.output().unwrap(), scratch)
}

/// The packages of the one line that can be pasted.
fn packages(output: &Output) -> Vec<String> {
    let told = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("apt-get install ")).collect();
    let [line] = lines.as_slice() else { panic!("not one line of packages: {told}") };
    line.split(' ').map(str::to_owned).collect()
}

fn is_untouched(cache: &Path) -> bool {
    fs::read_dir(cache).into_iter().flatten().count() == 0
}

#[test]
fn all_that_is_missing_is_reported_for_all_targets_before_anything_starts() {
    for command in ["run", "fetch"] {
        let (output, scratch) = lab(&[], &[command, "amd-vnmi", "intel-vnmi", "bochs-amd"]);
        assert_eq!(output.status.code(), Some(3));
        assert!(output.stdout.is_empty());
        let packages = packages(&output);
        for package in ["apt", "build-essential", "ninja-build", "libfdt-dev", "dpkg-dev", "patch"] {
            assert_eq!(packages.iter().filter(|it| *it == package).count(), 1, "{package} of {packages:?}");
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: ") && told.contains("`amd-vnmi`, `bochs-amd`, `intel-vnmi`"), "{told}");
        assert!(told.contains("rustup"), "{told}");
        assert!(is_untouched(&scratch.path().join("cache")), "{told}");
    }
}

#[test]
fn what_is_installed_is_not_asked_for() {
    let there = ["cargo", "cc", "c++", "make", "patch", "tar", "xz", "apt-get", "apt-cache"];
    let (output, scratch) = lab(&there, &["run", "intel-vnmi"]);
    assert_eq!(output.status.code(), Some(3));
    let packages = packages(&output);
    assert!(packages.contains(&"dpkg".to_owned()), "{packages:?}");
    // Firmware is looked for where it lies, which no search path hides.
    let unknown =
        |package: &&String| !["dpkg", "debian-archive-keyring", "bochsbios", "vgabios"].contains(&package.as_str());
    assert_eq!(packages.iter().find(unknown), None);
    assert!(is_untouched(&scratch.path().join("cache")));
}

#[test]
fn a_target_that_does_not_exist_is_reported_before_what_is_missing() {
    let (output, _scratch) = lab(&[], &["run", "no-such-target-or-trial"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("apt-get"));
}
