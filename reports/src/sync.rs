use std::fs::File;
use std::io;

/// Writes a file's data through to the disk (fdatasync). Errors: the system's; files that do not support it are no error.
pub fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        // Pipes and some file systems cannot sync.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}
