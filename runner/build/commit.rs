//! Finds the commit that is built.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The commit of the checkout with this root folder, as `git describe` names it, with `-dirty` if files differ from it. `None` without
/// git, or if the folder is not the root of a checkout, such as an unpacked archive inside another checkout.
pub(crate) fn commit(root: &Path) -> Option<String> {
    let is_root = git(root, &["rev-parse", "--show-prefix"])?.is_empty();
    git(root, &["describe", "--always", "--dirty"]).filter(|name| is_root && !name.is_empty())
}

/// The files and folders of git that change with every commit, checkout and tag. Only those that exist: cargo treats a missing file as
/// changed at every build.
pub(crate) fn watched(root: &Path) -> Vec<PathBuf> {
    let Some(own) = git(root, &["rev-parse", "--absolute-git-dir"]).map(PathBuf::from) else { return Vec::new() };
    // A worktree has its own HEAD and shares the references.
    let shared = git(root, &["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let shared = shared.map_or(own.clone(), PathBuf::from);
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]).map(|name| shared.join(name));
    // The next commit creates the file of a branch that is packed now, which changes its folder.
    let branch = branch.and_then(|file| file.ancestors().find(|path| path.exists()).map(Path::to_owned));
    let files = ["packed-refs", "refs/tags", "reftable"].map(|name| shared.join(name));
    [own.join("HEAD")].into_iter().chain(branch).chain(files).filter(|path| path.exists()).collect()
}

/// The output of git; `None` if git fails or is not installed.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    // A build must not write the index, which another process may be using.
    git.arg("-C").arg(root).args(arguments).env("GIT_OPTIONAL_LOCKS", "0");
    // A build in a hook of git inherits these, which name the hook's repository.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
