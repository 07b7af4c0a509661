use std::fs::File;
use std::io;

/// Writes what a file holds through to the disk (fdatasync). Errors: the system's; that it cannot be done is none.
pub fn sync(file: &File) -> io::Result<()> {
    match file.sync_data() {
        // Pipes and some file systems cannot sync.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}
