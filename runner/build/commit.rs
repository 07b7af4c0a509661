//! Which commit is built.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The commit of the checkout whose root this folder is, as `git describe` names it, with `-dirty` where files differ from
/// it. None without git, or where the folder is no checkout's root: an unpacked archive, perhaps inside another checkout.
pub(crate) fn commit(root: &Path) -> Option<String> {
    let is_root = git(root, &["rev-parse", "--show-prefix"])?.is_empty();
    git(root, &["describe", "--always", "--dirty"]).filter(|name| is_root && !name.is_empty())
}

/// The files and folders that change when another commit is checked out or made, or a tag. Only such as exist: cargo takes a
/// missing one for changed at every build.
pub(crate) fn watched(root: &Path) -> Vec<PathBuf> {
    let Some(own) = git(root, &["rev-parse", "--absolute-git-dir"]).map(PathBuf::from) else { return Vec::new() };
    // A worktree has a HEAD of its own and shares the references.
    let shared = git(root, &["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    let shared = shared.map_or(own.clone(), PathBuf::from);
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]).map(|name| shared.join(name));
    // A branch among the packed references gets a file with its next commit: its folder shows that.
    let branch = branch.and_then(|file| file.ancestors().find(|path| path.exists()).map(Path::to_owned));
    let files = ["packed-refs", "refs/tags", "reftable"].map(|name| shared.join(name));
    [own.join("HEAD")].into_iter().chain(branch).chain(files).filter(|path| path.exists()).collect()
}

/// What git says; none if it is not there or refuses.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    // A build reads: it does not write an index that somebody else may be using.
    git.arg("-C").arg(root).args(arguments).env("GIT_OPTIONAL_LOCKS", "0");
    // Where a hook of git builds, these name the repository of the hook.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
