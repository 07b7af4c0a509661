//! Files that are read, with a limit to their size.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use thiserror::Error;

const MIB: u64 = 1 << 20;

/// Kinds of input files, each with a limit to its size: far more than such a file needs, and little enough for memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A saved run: 1 GiB.
    Run,
    /// A hunt's journal: 1 GiB.
    Journal,
    /// What `nmi mutants --json` writes: 64 MiB.
    Mutants,
    /// A file of cases, rules, deviations or errata: 1 MiB; further limits apply to what is in it.
    Case,
}

impl InputKind {
    /// The most bytes that such a file may have.
    pub const fn limit(self) -> u64 {
        match self {
            InputKind::Run | InputKind::Journal => 1024 * MIB,
            InputKind::Mutants => 64 * MIB,
            InputKind::Case => MIB,
        }
    }
}

/// Why a file is not read. The text does not name the file.
#[derive(Debug, Error)]
pub enum InputError {
    /// The system's error.
    #[error("cannot open: {0}")]
    Open(io::Error),
    /// It is not an ordinary file: reading it might not end, or wait for a writer forever.
    #[error("it is {0}, not an ordinary file; give a file")]
    Special(&'static str),
    /// It is longer than such a file may be.
    #[error("it is longer than {} MiB, the most that is read; give another file", .0 / MIB)]
    TooLong(u64),
    /// The system's error after it was opened.
    #[error("cannot read: {0}")]
    Read(io::Error),
}

/// Opens an ordinary file, or a link to one, for reading.
///
/// The reader fails with [`io::ErrorKind::FileTooLarge`] if the file grows beyond the limit. Errors: it cannot be
/// opened, is a folder, a device, a pipe or a socket, or is too long.
pub fn open_input(path: &Path, kind: InputKind) -> Result<Input, InputError> {
    // Checked before it is opened: opening alone may act on a device, or wait for the other end of a pipe.
    ordinary(fs::metadata(path).map_err(InputError::Open)?.file_type())?;
    // If another file has taken its place since then, opening must not wait.
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path);
    let file = file.map_err(InputError::Open)?;
    let metadata = file.metadata().map_err(InputError::Open)?;
    ordinary(metadata.file_type())?;
    let limit = kind.limit();
    if metadata.len() > limit {
        return Err(InputError::TooLong(limit));
    }
    Ok(Input { file, limit, left: limit })
}

/// All that an ordinary file holds. Errors: those of [`open_input`], or reading failed.
pub fn read_input(path: &Path, kind: InputKind) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    match open_input(path, kind)?.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(InputError::TooLong(kind.limit())),
        Err(error) => Err(InputError::Read(error)),
    }
}

fn ordinary(kind: FileType) -> Result<(), InputError> {
    if kind.is_file() {
        return Ok(());
    }
    let kinds = [(kind.is_dir(), "a folder"), (kind.is_fifo(), "a pipe"), (kind.is_socket(), "a socket")];
    let what = kinds.into_iter().find(|(is, _)| *is).map_or("a device", |(_, what)| what);
    Err(InputError::Special(what))
}

/// An ordinary file that is open, read up to the limit of its kind.
#[derive(Debug)]
pub struct Input {
    file: File,
    limit: u64,
    left: u64,
}

impl Read for Input {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {} MiB", self.limit / MIB))
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn refused(path: &Path, kind: InputKind) -> String {
        read_input(path, kind).expect_err("refused").to_string()
    }

    #[test]
    fn only_ordinary_files_are_read() {
        let folder = std::env::temp_dir().join(format!("nmi-input-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("created");
        let [file, link, zero, pipe, socket] = ["file", "link", "zero", "pipe", "socket"].map(|name| folder.join(name));
        fs::write(&file, b"text").expect("written");
        symlink(&file, &link).expect("linked");
        symlink("/dev/zero", &zero).expect("linked");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .expect("a pipe");
        let _listener = UnixListener::bind(&socket).expect("a socket");
        assert_eq!(read_input(&link, InputKind::Case).expect("a file behind a link"), b"text");
        assert_eq!(refused(&folder, InputKind::Run), "it is a folder, not an ordinary file; give a file");
        assert_eq!(refused(&zero, InputKind::Run), "it is a device, not an ordinary file; give a file");
        assert_eq!(refused(&pipe, InputKind::Run), "it is a pipe, not an ordinary file; give a file");
        assert_eq!(refused(&socket, InputKind::Run), "it is a socket, not an ordinary file; give a file");
        assert!(refused(&folder.join("none"), InputKind::Run).starts_with("cannot open: "));
        fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let path = std::env::temp_dir().join(format!("nmi-input-long-{}", std::process::id()));
        let file = File::create(&path).expect("created");
        let limit = InputKind::Case.limit();
        file.set_len(limit).expect("sparse");
        assert_eq!(read_input(&path, InputKind::Case).expect("just short enough").len() as u64, limit);
        let mut open = open_input(&path, InputKind::Case).expect("still short enough");
        file.set_len(limit + 1).expect("sparse");
        assert_eq!(
            refused(&path, InputKind::Case),
            "it is longer than 1 MiB, the most that is read; give another file"
        );
        let grown = open.read_to_end(&mut Vec::new()).expect_err("it grew");
        assert_eq!(grown.kind(), io::ErrorKind::FileTooLarge);
        fs::remove_file(path).expect("removed");
    }
}
