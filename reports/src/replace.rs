use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::output::named;

/// Writes a file whole or not at all: beside it first, to the disk, and then in its place in one step, so that neither a
/// reader nor a power cut finds half of it, and what was there before stays when this fails.
///
/// What is no ordinary file (`/dev/stdout`, a pipe) is written as it is; of a link, the file it leads to is replaced.
/// Errors: it cannot be written; the text names it.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let done = match fs::metadata(path) {
        Ok(there) if !there.is_file() => File::create(path).and_then(|mut to| write(&mut to)),
        Ok(_) => fs::canonicalize(path).and_then(|path| by_rename(&path, write)),
        Err(_) => by_rename(path, write),
    };
    done.map_err(|error| named("write", &path.display().to_string(), error))
}

fn by_rename(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary).and_then(|file| {
        let mut to = BufWriter::new(file);
        write(&mut to)?;
        to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("nmi-replace-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("created");
        folder
    }

    #[test]
    fn what_was_there_stays_when_writing_fails() {
        let folder = folder("fails");
        let path = folder.join("file");
        replace(&path, |to| to.write_all(b"one")).expect("written");
        let error = replace(&path, |to| {
            to.write_all(b"two")?;
            Err(io::Error::other("disk full"))
        });
        let error = error.expect_err("told").to_string();
        assert_eq!(error, format!("cannot write {}: disk full", path.display()));
        assert_eq!(fs::read(&path).expect("there"), b"one");
        assert_eq!(fs::read_dir(&folder).expect("readable").count(), 1, "no temporary file stays");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let folder = folder("links");
        let (file, link) = (folder.join("file"), folder.join("link"));
        fs::write(&file, b"one").expect("written");
        symlink(&file, &link).expect("linked");
        replace(&link, |to| to.write_all(b"two")).expect("written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).expect("there"), b"two");
        replace(Path::new("/dev/null"), |to| to.write_all(b"three")).expect("written");
        let null = fs::metadata("/dev/null").expect("there");
        assert!(null.file_type().is_char_device(), "a report must not replace a device");
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn errors_name_the_file() {
        for path in ["/nonexistent/run.jsonl", "/dev/full", "/"] {
            let error = replace(Path::new(path), |to| to.write_all(b"one")).expect_err(path).to_string();
            assert!(error.starts_with(&format!("cannot write {path}: ")), "{error}");
        }
    }
}
