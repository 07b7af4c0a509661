//! The folder of everything that is downloaded, built and written, and its locks.

use std::path::{Path, PathBuf};

use fs_err::{self as fs, File};

use crate::Failure;

/// The one folder that holds everything the lab downloads, builds and writes.
///
/// Entries are named by what they contain (a version, a hash) and appear whole or not at all, so the folder may be deleted
/// at any time between runs, and two runs may fill it at once.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// Locks an entry for other processes until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Cache {
    /// The cache in this folder, which is created if it is missing. Errors: it cannot be created.
    pub fn open(root: &Path) -> Result<Cache, Failure> {
        fs::create_dir_all(root)?;
        Ok(Cache { root: fs::canonicalize(root)? })
    }

    /// Where an entry is or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The entry, if it is there.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        Some(self.path(name)).filter(|path| path.exists())
    }

    /// The entry; built into an empty folder first if it is missing. A second process that wants the same entry waits
    /// for the first. Errors: the builder's; a half-built entry is never visible.
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
        fs::create_dir_all(&part)?;
        if let Err(failure) = build(&part) {
            // The failure is what matters; what is left of the part is removed by the next try.
            let _ = remove(&part);
            return Err(failure);
        }
        fs::rename(&part, &path)?;
        Ok(path)
    }

    /// Locks an entry, waiting for any other process that has it locked. Errors: the lock cannot be created.
    pub fn lock(&self, name: &str) -> Result<Lock, Failure> {
        let file = File::create(self.folder("locks")?.join(name.replace('/', "_")))?;
        file.lock()?;
        Ok(Lock { _file: file })
    }

    /// A folder of the cache, created if it is missing. Errors: it cannot be created.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.path(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::{Cache, fs};
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
                        Ok(fs::write(into.join("image"), "x")?)
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
