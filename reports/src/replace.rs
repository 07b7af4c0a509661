//! Writes one file as a whole or not at all, for callers that write nothing else.

use std::io::{self, Write};
use std::path::Path;

use crate::Outputs;

/// Writes a file as a whole or not at all, as [`Claim::replace`](crate::Claim::replace) does; for a link, its target is
/// replaced. Errors: it cannot be written; the text names it.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let claim = Outputs::new().whole("this command", path).map_err(io::Error::other)?;
    claim.replace(write)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    #[test]
    fn what_was_there_stays_when_writing_fails() {
        let folder = tempfile::tempdir().expect("created");
        let path = folder.path().join("file");
        replace(&path, |to| to.write_all(b"one")).expect("written");
        let error = replace(&path, |to| {
            to.write_all(b"two")?;
            Err(io::Error::other("disk full"))
        });
        let error = error.expect_err("told").to_string();
        assert_eq!(error, format!("cannot write {}: disk full", path.display()));
        assert_eq!(fs::read(&path).expect("there"), b"one");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "no temporary file stays");
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = tempfile::tempdir().expect("created");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, b"one").expect("written");
        symlink(&file, &link).expect("linked");
        replace(&link, |to| to.write_all(b"two")).expect("written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).expect("there"), b"two");
        replace(Path::new("/dev/null"), |to| to.write_all(b"three")).expect("written");
        let null = fs::metadata("/dev/null").expect("there");
        assert!(null.file_type().is_char_device(), "a report must not replace a device");
    }

    #[test]
    fn errors_name_the_file() {
        for path in ["/nonexistent/run.jsonl", "/dev/full", "/"] {
            let error = replace(Path::new(path), |to| to.write_all(b"one")).expect_err(path).to_string();
            assert!(error.starts_with(&format!("cannot write {path}: ")), "{error}");
        }
    }
}
