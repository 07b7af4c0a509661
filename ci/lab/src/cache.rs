//! The folder of everything that is downloaded, built and written, and its locks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::Failure;

/// The one folder that holds everything the lab downloads, builds and writes.
///
/// Entries are named by what they contain (a version, a hash) and appear whole or not at all, so the folder may be deleted
/// at any time between runs, and two runs may fill it at once.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// Keeps other processes from an entry until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Cache {
    /// The cache in this folder, made if it is not there. Errors: it cannot be made.
    pub fn open(root: &Path) -> Result<Cache, Failure> {
        fs::create_dir_all(root).map_err(|error| Failure::io("create", root, error))?;
        let root = root.canonicalize().map_err(|error| Failure::io("find", root, error))?;
        Ok(Cache { root })
    }

    /// Where an entry is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The entry, if it is there.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        Some(self.path(name)).filter(|path| path.exists())
    }

    /// The entry; built into an empty folder first if it is not there. A second process that wants the same entry waits
    /// for the first. Errors: the builder's; a half-built entry is never seen.
    pub fn entry(&self, name: &str, build: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<PathBuf, Failure> {
        if let Some(path) = self.find(name) {
            return Ok(path);
        }
        let _lock = self.lock(name)?;
        let path = self.path(name);
        if path.exists() {
            return Ok(path);
        }
        let part = self.path(&format!("{name}.part"));
        remove(&part)?;
        fs::create_dir_all(&part).map_err(|error| Failure::io("create", &part, error))?;
        if let Err(failure) = build(&part) {
            // The failure is what matters; what is left of the part is removed by the next try.
            let _ = remove(&part);
            return Err(failure);
        }
        fs::rename(&part, &path).map_err(|error| Failure::io("rename", &part, error))?;
        Ok(path)
    }

    /// Locks an entry, once no other process has it locked. Errors: the lock cannot be made.
    pub fn lock(&self, name: &str) -> Result<Lock, Failure> {
        let locks = self.path("locks");
        fs::create_dir_all(&locks).map_err(|error| Failure::io("create", &locks, error))?;
        let path = locks.join(name.replace('/', "_"));
        let file = File::create(&path).map_err(|error| Failure::io("create", &path, error))?;
        file.lock().map_err(|error| Failure::io("lock", &path, error))?;
        Ok(Lock { _file: file })
    }

    /// A folder of the cache that is always there. Errors: it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        fs::create_dir_all(&path).map_err(|error| Failure::io("create", &path, error))?;
        Ok(path)
    }
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Failure::io("remove", path, error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{fs, thread};

    use super::Cache;
    use crate::Failure;

    #[test]
    fn two_that_want_one_entry_build_it_once() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let built = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let entry = cache.entry("kernels/6.1", |into| {
                        built.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(std::time::Duration::from_millis(20));
                        fs::write(into.join("image"), "x").map_err(|error| Failure::io("write", into, error))
                    });
                    assert!(entry.unwrap().join("image").exists());
                });
            }
        });
        assert_eq!(built.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_failed_build_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
        let failed = cache.entry("qemu/x", |into| {
            fs::write(into.join("half"), "x").unwrap();
            Err(Failure::NoImage)
        });
        assert!(failed.is_err());
        assert!(cache.find("qemu/x").is_none());
        assert!(cache.find("qemu/x.part").is_none());
        assert!(cache.entry("qemu/x", |_| Ok(())).is_ok());
    }
}
