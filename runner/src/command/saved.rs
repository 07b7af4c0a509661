use std::io::BufReader;
use std::path::{Path, PathBuf};

use reports::{InputError, InputKind, ReadError, SavedRun, open_input, read_run};

use super::note;

/// Why a file is not read as a saved run.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct SavedRunError {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    #[source]
    pub why: NoSavedRun,
}

/// What is wrong with a file that should be a saved run.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub enum NoSavedRun {
    /// The file as such.
    File(#[from] InputError),
    /// A line of it.
    Line(#[from] ReadError),
}

/// Reads a saved run; one that was cut off is read, too, with a note on standard error.
pub fn read_saved(file: &Path) -> Result<SavedRun, SavedRunError> {
    let run = read(file).map_err(|why| SavedRunError { file: file.to_owned(), why })?;
    if let Some(shortfall) = run.shortfall() {
        note(&format!("note: {}: {shortfall}", file.display()));
    }
    Ok(run)
}

fn read(file: &Path) -> Result<SavedRun, NoSavedRun> {
    Ok(read_run(BufReader::new(open_input(file, InputKind::Run)?))?)
}
