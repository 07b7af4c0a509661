//! Runs programs inside an unpacked Debian, as an ordinary user, without touching the machine.

use std::path::Path;
use std::process::{Command, Output};

use super::ModulesError;
use crate::{Failure, program};

/// Mounts what a build needs of the machine and goes into the root. Namespaces of users, processes and mounts make this possible
/// for anybody, and it is gone when the build is: objtool wants to see its own stack in /proc, and shells want /dev/null.
const ENTER: &str = r#"mount --bind /dev/null "$0/dev/null" && mount -t proc proc "$0/proc" && exec chroot "$0" env -i PATH=/usr/bin:/usr/sbin LC_ALL=C "$@""#;

/// Runs a program of a root folder in it. Errors: this machine allows no namespaces.
pub(super) fn run(root: &Path, words: &[&str]) -> Result<Output, Failure> {
    let first = inside(root, &["true"])?;
    if !first.status.success() {
        let words = String::from_utf8_lossy(&first.stderr).trim().replace('\n', " / ");
        return Err(ModulesError::NoSandbox { words }.into());
    }
    inside(root, words)
}

fn inside(root: &Path, words: &[&str]) -> Result<Output, Failure> {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER]);
    Ok(program::run(command.arg(root).args(words), "apt-get install util-linux")?)
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::Failure;
    use crate::modules::ModulesError;

    #[test]
    fn a_folder_that_is_no_root_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = run(folder.path(), &["true"]).unwrap_err();
        assert!(matches!(error, Failure::Modules(ModulesError::NoSandbox { .. })), "{error}");
    }
}
