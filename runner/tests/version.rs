//! The commit in `nmi --version` and in saved runs.

#[path = "../build/commit.rs"]
mod commit;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use commit::{commit, watched};

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("nmi-version-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("created");
        Folder(folder.canonicalize().expect("there"))
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
        let mut git = Command::new("git");
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(variable);
        }
        let done = git.arg("-C").arg(&self.0).args(identity).args(arguments).output().expect("git");
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// Makes it a checkout with one commit.
    fn checkout(name: &str) -> Folder {
        let folder = Folder::new(name);
        folder.git(&["init", "--quiet", "--initial-branch=main"]);
        folder.write("file", "one");
        folder.git(&["add", "file"]);
        folder.git(&["commit", "--quiet", "--message=One"]);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("written");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
#[cfg_attr(without_git, ignore = "git was not installed when this was built")]
fn a_commit_is_named_and_changes_show() {
    let folder = Folder::checkout("commit");
    let first = commit(&folder.0).expect("a commit");
    assert!(first.len() >= 7 && first.chars().all(|c| c.is_ascii_hexdigit()), "{first}");
    folder.write("file", "two");
    assert_eq!(commit(&folder.0), Some(format!("{first}-dirty")));
    folder.git(&["commit", "--quiet", "--all", "--message=Two"]);
    assert!(commit(&folder.0).is_some_and(|second| second != first && !second.contains("dirty")));
    folder.git(&["tag", "--annotate", "v1.0", "--message=One"]);
    assert_eq!(commit(&folder.0).as_deref(), Some("v1.0"));
}

#[test]
fn what_is_no_checkout_has_no_commit() {
    let bare = Folder::new("none");
    assert_eq!(commit(&bare.0), None);
    assert!(watched(&bare.0).is_empty());
    assert_eq!(commit(Path::new("/nonexistent")), None);
}

#[test]
#[cfg_attr(without_git, ignore = "git was not installed when this was built")]
fn what_is_unpacked_inside_another_checkout_has_no_commit() {
    let outer = Folder::checkout("outer");
    fs::create_dir(outer.0.join("unpacked")).expect("created");
    assert_eq!(commit(&outer.0.join("unpacked")), None, "the outer checkout's commit is another program's");
}

#[test]
#[cfg_attr(without_git, ignore = "git was not installed when this was built")]
fn the_watched_files_exist_in_every_kind_of_checkout() {
    let folder = Folder::checkout("watched");
    let names = |root: &Path| {
        let watched = watched(root);
        assert!(watched.iter().all(|path| path.exists()), "{watched:?}");
        let below = |path: PathBuf| path.strip_prefix(&folder.0).map(|path| path.display().to_string());
        watched.into_iter().filter_map(|path| below(path).ok()).collect::<Vec<_>>()
    };
    assert_eq!(names(&folder.0), [".git/HEAD", ".git/refs/heads/main", ".git/refs/tags"]);
    folder.git(&["pack-refs", "--all"]);
    assert_eq!(names(&folder.0), [".git/HEAD", ".git/refs/heads", ".git/packed-refs", ".git/refs/tags"]);
    let beside = Folder::new("beside");
    let tree = beside.0.join("tree");
    folder.git(&["worktree", "add", "--quiet", "-b", "other", &tree.display().to_string()]);
    assert_eq!(
        names(&tree),
        [".git/worktrees/tree/HEAD", ".git/refs/heads/other", ".git/packed-refs", ".git/refs/tags"]
    );
    assert_eq!(commit(&tree), commit(&folder.0));
}

#[test]
fn the_program_shows_the_commit_that_is_checked_out() {
    let output = Command::new(env!("CARGO_BIN_EXE_nmi")).arg("--version").output().expect("the command starts");
    let said = String::from_utf8(output.stdout).expect("text");
    let said = said.trim_end().strip_prefix(concat!("nmi ", env!("CARGO_PKG_VERSION"))).expect("the version");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match (option_env!("NMI_COMMIT").filter(|given| !given.is_empty()), commit(&root)) {
        (Some(given), _) => assert_eq!(said, format!(" ({given})")),
        (None, None) => assert_eq!(said, ""),
        // Files that are built into nothing may have changed since it was built.
        (None, Some(now)) => assert_eq!(said.replace("-dirty", ""), format!(" ({})", now.replace("-dirty", ""))),
    }
}
