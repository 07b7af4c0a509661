//! Output files: claimed before the work begins, written at the end or as the work goes on.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use tempfile::{NamedTempFile, TempPath};

use crate::output::named;

/// An output file, opened and locked before the work that produces its contents begins: errors show at once, and two commands
/// never write one file.
///
/// An existing file stays as it is until [`Claim::begin`] or [`Claim::replace`]; a claim dropped before that leaves no trace. The
/// lock ends with the process; a killed one may leave an empty hidden file beside one that it would have replaced, which the next
/// command reuses.
#[derive(Debug)]
pub struct Claim {
    name: String,
    to: To,
}

#[derive(Debug)]
enum To {
    /// A device or a pipe, written as it is.
    Special(File),
    /// A file that is written as the work goes on; if it is new, it is removed again if the work does not begin.
    Growing { new: Option<TempPath>, file: File },
    /// A file that is written under another name beside its path, and renamed at the end.
    Whole { beside: NamedTempFile, path: PathBuf, _there: Option<File> },
}

/// Why a file cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// It is no file that can be written.
    #[error("it is {0}; name a file")]
    Unfit(&'static str),
    /// Another process has it.
    #[error("another command is writing it; wait for its end, or name another file")]
    Busy,
    /// The system's error.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Claim {
    /// Claims a file that is written as the work goes on.
    pub(crate) fn growing(path: &Path) -> Result<Claim, ClaimError> {
        if let Some(special) = special(path)? {
            return Ok(special);
        }
        let name = path.display().to_string();
        let path = resolve(path)?;
        // A command that replaces the file holds this lock if the file does not exist yet.
        if let Ok(beside) = OpenOptions::new().read(true).open(beside(&path)?) {
            lock(&beside)?;
        }
        let mut options = OpenOptions::new();
        options.write(true);
        let (file, is_new) = loop {
            let created = options.clone().create_new(true).open(&path);
            let (file, is_new) = match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (options.open(&path)?, false),
                created => (created?, true),
            };
            lock(&file)?;
            if is_at(&file, &path) {
                break (file, is_new);
            }
        };
        let new = is_new.then(|| TempPath::try_from_path(path)).transpose()?;
        Ok(Claim { name, to: To::Growing { new, file } })
    }

    /// Claims a file that is replaced as a whole or not at all.
    pub(crate) fn whole(path: &Path) -> Result<Claim, ClaimError> {
        if let Some(special) = special(path)? {
            return Ok(special);
        }
        let name = path.display().to_string();
        let path = resolve(path)?;
        // A command that writes as it goes on locks the file itself.
        let there = File::open(&path).ok();
        if let Some(there) = &there {
            lock(there)?;
        }
        let temporary = beside(&path)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
        let beside = loop {
            let file = options.open(&temporary)?;
            lock(&file)?;
            // Its last owner may have renamed or removed it before the lock was acquired.
            if is_at(&file, &temporary) {
                break file;
            }
        };
        let beside = NamedTempFile::from_parts(beside, TempPath::try_from_path(temporary)?);
        Ok(Claim { name, to: To::Whole { beside, path, _there: there } })
    }

    /// The file's name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Empties the file, to be written from its beginning. Errors: the system's; the text names the file.
    pub fn begin(self) -> io::Result<File> {
        let begun = match self.to {
            To::Special(file) => Ok(file),
            To::Growing { new, file } => {
                let kept = new.map_or(Ok(()), |new| new.keep().map(drop).map_err(io::Error::from));
                kept.and_then(|()| file.set_len(0)).map(|()| file)
            }
            To::Whole { .. } => Err(io::Error::other("it is written whole")),
        };
        begun.map_err(|error| named("write", &self.name, error))
    }

    /// Writes the file: beside its place, to the disk, and then in its place in one step, so that neither a reader nor a power
    /// cut finds half of it, and what was there before stays when this fails. A device or a pipe is written as it is.
    ///
    /// Errors: it cannot be written; the text names it.
    pub fn replace(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let written = match self.to {
            To::Special(mut file) => write(&mut file),
            To::Whole { beside, path, .. } => persist(beside, &path, write),
            To::Growing { .. } => Err(io::Error::other("it is written as it grows")),
        };
        written.map_err(|error| named("write", &self.name, error))
    }
}

fn persist(
    mut beside: NamedTempFile,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // A killed process may have left contents.
    beside.as_file().set_len(0)?;
    let mut to = BufWriter::new(beside.as_file_mut());
    write(&mut to)?;
    to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    beside.persist(path)?;
    Ok(())
}

/// A claim if the path is an existing device or pipe. Errors: it cannot be written, or the system's.
fn special(path: &Path) -> Result<Option<Claim>, ClaimError> {
    let kind: FileType = match fs::metadata(path) {
        Ok(there) => there.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if kind.is_file() {
        return Ok(None);
    }
    let unfit =
        [(kind.is_dir(), "a folder"), (kind.is_block_device(), "a block device"), (kind.is_socket(), "a socket")];
    if let Some((_, what)) = unfit.into_iter().find(|(is, _)| *is) {
        return Err(ClaimError::Unfit(what));
    }
    // Opening a pipe that nobody reads would wait forever for a reader.
    let mut options = OpenOptions::new();
    options.write(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path).map_err(|error| match error.raw_os_error() {
        Some(code) if code == Errno::NXIO.raw_os_error() => ClaimError::Unfit("a pipe that nobody reads"),
        _ => error.into(),
    })?;
    let flags = fcntl_getfl(&file).map_err(io::Error::from)?;
    fcntl_setfl(&file, flags - OFlags::NONBLOCK).map_err(io::Error::from)?;
    Ok(Some(Claim { name: path.display().to_string(), to: To::Special(file) }))
}

/// The file's path without symbolic links, also if the file does not exist yet. Errors: its folder does not exist.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    // As many links as the kernel follows.
    for _ in 0..40 {
        if let Ok(real) = fs::canonicalize(&path) {
            return Ok(real);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match fs::read_link(&path) {
            Ok(target) => path = folder.join(target),
            Err(_) => {
                let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
                return Ok(fs::canonicalize(folder)?.join(name));
            }
        }
    }
    Err(io::Error::other("too many links"))
}

/// The name under which a file is written before it is renamed: the same for every command, so that it can be locked.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".nmi-tmp");
    Ok(path.with_file_name(hidden))
}

/// Locks the file for as long as it is open. On a file system without locks it succeeds.
fn lock(file: &File) -> Result<(), ClaimError> {
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Err(ClaimError::Busy),
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(()),
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().map(id).is_ok_and(|open| fs::metadata(path).map(id).is_ok_and(|there| there == open))
}
